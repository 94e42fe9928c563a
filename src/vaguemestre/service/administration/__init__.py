"""Administrators: how they get an account of the console, how they sign in, for how long."""
