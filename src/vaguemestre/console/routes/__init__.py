"""One file a screen, each with a ``router``; ``table`` says which there are."""
