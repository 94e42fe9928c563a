"""Decisions: pure rules, each a function of a ``Case``, combined by weight and never by order."""
