"""Messages that wait for their hour: held, shown, cancelled, released. RFC 4865."""
