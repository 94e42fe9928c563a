"""The ways to sign in, one file each, the same for every door."""
