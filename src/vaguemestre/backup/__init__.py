"""Backups: a consistent copy made while mail goes on, sealed to a passphrase or a key, and taken back."""
