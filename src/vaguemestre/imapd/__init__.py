"""The door that speaks IMAP."""
