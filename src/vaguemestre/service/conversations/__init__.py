"""Conversations of a professional with a citizen: opened, answered, closed, and what each is told."""
