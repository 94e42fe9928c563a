"""The public directory: read from its extractions, kept apart from the mail, searched."""
