"""The journal, as the services see it in the database."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from vaguemestre.mail.correspondent import PartyId


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of the journal: who did what to which bal, never any content. domain.md §3, traces.

    ``actor`` is a bal's key, ``operator:<name>`` or ``rule:<identifier>``; ``event`` a past participle
    (``submitted``, ``delivered``, ``refused``, ``inspected`` …); ``detail`` keys and values free of content.
    """

    at: datetime
    actor: str
    event: str
    bal: PartyId | None
    detail: dict[str, str] = field(default_factory=dict)


class Journal(Protocol):
    """Append only."""

    def record(self, entry: JournalEntry) -> None: ...  # noqa: D102

    def entries(
        self, bal: PartyId | None = None, event: str | None = None, limit: int = 100
    ) -> list[JournalEntry]:
        """The latest first."""
        ...
