"""Passwords that cost next to nothing to try, for what proves something else than what trying them costs.

The same algorithms in the same threads: the least memory that argon2 can do with, the fewest iterations that
RFC 7677 §4 finds acceptable, below which clients refuse.
"""

from typing import Final

from vaguemestre.service.sign_in.hashing import Hashing

QUICK: Final = Hashing(passes=1, memory=8, iterations=4096)
