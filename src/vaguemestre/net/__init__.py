"""What the doors share: listeners, TLS contexts, limits."""
