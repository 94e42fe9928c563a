"""Further addresses that lead to a bal, as the services need them.

domain.md §2: a person's INS can change in life.
"""

from typing import Protocol

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId


class Aliases(Protocol):
    """The address a bal was made with is none of them, and never changes."""

    def of(self, bal: BalId) -> tuple[Address, ...]:
        """In lower case, by their keys."""
        ...

    def add(self, bal: BalId, alias: Address) -> bool:
        """Whether it leads there now: False when it led somewhere already, be it there."""
        ...

    def remove(self, bal: BalId, alias: Address) -> bool:
        """Whether there was one; the bal's own address is none."""
        ...
