"""Messages arriving: submitted by our own, relayed by other operators, judged, filed in one unit of work."""
