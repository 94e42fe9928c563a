"""What is wrong with an installation: ``command`` tells it, the other files look."""
