"""That a listener cannot be opened, apart from the doors: what tells it to people need load none of them."""


class ListenError(Exception):
    """A listener cannot be opened; the message says which and why."""
