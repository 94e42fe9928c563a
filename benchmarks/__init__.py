"""The figures: what the server does in a second, measured here and now. Never part of the tests."""
