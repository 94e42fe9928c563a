"""Noting that an account was seen today: once a day, whatever it does. domain.md §3.

Whoever reads for others keeps their mailboxes alive too: a service's mailbox may never be signed in to
under its own name.
"""

from datetime import date, datetime
from typing import Final

from vaguemestre.mail.bal import BalId
from vaguemestre.policy.access import rights_at
from vaguemestre.service.ports.store import Transaction

_KNOWN_AT_MOST: Final = 100_000  # accounts seen today: some 10 MB


class SeenToday:
    """Remembers who was noted, so that a day costs one write an account."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._noted: set[BalId] = set()

    def is_news(self, bal: BalId, now: datetime) -> bool:
        """Whether it has still to be noted."""
        if self._day != now.date() or len(self._noted) >= _KNOWN_AT_MOST:
            self._day = now.date()
            self._noted.clear()
        return bal not in self._noted

    def is_noted(self, bal: BalId) -> None:
        """It is durable."""
        self._noted.add(bal)


def note_seen(tx: Transaction, bal: BalId, now: datetime) -> None:
    """Of this account, and of those it may read now."""
    tx.presences.note(bal, now.date())
    for grant in tx.grants.of_reader(bal):
        if rights_at(grant, now):
            tx.presences.note(grant.bal, now.date())
