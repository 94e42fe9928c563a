"""Content: octets to values in one pass, offsets kept; nothing is ever changed."""
