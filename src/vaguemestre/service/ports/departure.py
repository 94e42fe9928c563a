"""Accounts that have left and whose conversations are still being closed, as the services need them.

A professional may have thousands open: they are closed in steps, and what a crash interrupts is found here.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.mail.conversation import Pair


@dataclass(frozen=True, slots=True)
class Departure:
    """One account that has left, by whose act (as ``JournalEntry.actor``), and when."""

    bal: BalId
    actor: str
    begun_at: datetime


class Departures(Protocol):
    """What is left to do."""

    def begin(self, departure: Departure) -> None:
        """Nothing happens when one of that bal is in hand."""
        ...

    def of(self, bal: BalId) -> Departure | None:
        """None when nothing is left to do."""
        ...

    def oldest(self, limit: int) -> list[Departure]:
        """Those begun first, ``limit`` of them at most."""
        ...

    def end(self, bal: BalId) -> None:
        """Nothing is left to do."""
        ...

    def open_pairs(self, bal: Bal, limit: int) -> list[Pair]:
        """Some of the pairs this account still has open, as a citizen or as a professional."""
        ...
