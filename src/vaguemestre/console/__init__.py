"""The web console: the door that administrators come in by, and that machines ask how the service is."""
