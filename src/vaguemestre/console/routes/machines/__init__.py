"""What machines ask, without signing in: one file each, with a ``router``; ``routes.table`` names them."""
