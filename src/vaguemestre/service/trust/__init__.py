"""The trust space: the list in force, kept up to date, and whom a certificate is for. domain.md §6."""
