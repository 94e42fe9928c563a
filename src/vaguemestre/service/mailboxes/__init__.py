"""Mailboxes as a mail client sees them: opened, read, changed, filled."""
