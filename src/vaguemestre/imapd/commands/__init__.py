"""One file a command: what is done for it. ``table`` says which there are."""
