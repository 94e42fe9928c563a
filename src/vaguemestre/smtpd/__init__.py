"""The door that speaks SMTP."""
