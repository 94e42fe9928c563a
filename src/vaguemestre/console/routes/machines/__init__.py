"""What machines ask, who do not sign in."""
