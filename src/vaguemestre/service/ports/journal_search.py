"""What a search of the journal asks of the store: lines as they lie there, the latest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from vaguemestre.service.ports.audit import KeptLine

LATEST: Final = 2**63 - 1  # a number that no line has


@dataclass(frozen=True, slots=True)
class LinesAsked:
    """Which lines; None is any. ``until`` is excluded, and so is the line ``before``; ``first`` is not."""

    bal: int | None = None
    actor: str | None = None
    event: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    first: int = 0
    before: int = LATEST


class JournalSearch(Protocol):
    """Reads; what it reads may have been tampered with, and is given as it is."""

    def events(self) -> list[str]:
        """The words there are for what was done, in their order."""
        ...

    def first_since(self, moment: datetime) -> int:
        """About the number of the first line of that moment or later; never a later one by minutes."""
        ...

    def found(self, asked: LinesAsked, limit: int) -> list[KeptLine]:
        """The latest first."""
        ...
