"""What trying one password costs: the work that RFC 9106 §4 and RFC 7677 §4 leave for us to choose.

A value and no constant, so that what signs in thousands of times to prove something else need not pay for it.
No setting says less: whoever wants less has too many guesses coming, and the doors slow those down.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Hashing:
    """Passes over so many KiB of memory by argon2id for each password; iterations for SCRAM's keys."""

    passes: int
    memory: int
    iterations: int


# 20 ms of a thread here, RFC 9106 §4 at OWASP's floor; 25 ms for SCRAM here, 50 of a phone's, and an
# attacker's for each guess.
RECOMMENDED: Final = Hashing(passes=2, memory=19 * 1024, iterations=60_000)
