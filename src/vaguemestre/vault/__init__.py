"""Octets at rest: master and data keys, seals, the spool, and where sealed octets live. See ``open.py``."""
