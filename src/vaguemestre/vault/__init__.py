"""Octets at rest: data keys, seals, and where sealed octets lie."""
