"""One file a command: its frozen value, and how it is read. ``table`` says which there are."""
