"""Whoever looks into a bal that is not his, and how its holder knows it. domain.md §2."""
