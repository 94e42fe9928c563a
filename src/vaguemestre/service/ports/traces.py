"""Traces of messages searched as the services see it: by sender, recipient and date. domain.md §3.

A search walks back in time from a place, over a bounded number of rows a look, so that no look holds
anybody up however rare what is searched; whoever wants more goes on from where it stopped.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from vaguemestre.mail.correspondent import PartyId
from vaguemestre.mail.fate import SubmissionId, SubmissionTrace
from vaguemestre.service.ports.journal import JournalEntry


@dataclass(frozen=True, slots=True)
class Sought:
    """``sender`` by number; ``recipients`` by their keys, any of them: addresses of one person.

    ``since`` is within, ``until`` is not.
    """

    since: datetime
    until: datetime
    sender: PartyId | None = None
    recipients: tuple[str, ...] = ()


class TracePlace(NamedTuple):
    """Where a walk goes on: before the message of that moment and number."""

    at: datetime
    id: SubmissionId


class Look(NamedTuple):
    """What one look found, the latest first; ``next`` is None when there is nothing further back."""

    traces: tuple[SubmissionTrace, ...]
    next: TracePlace | None


class Refused(NamedTuple):
    """A sender, a recipient or a whole message that was refused when it came: nothing of it was kept."""

    at: datetime
    rule: str
    status: str


class RefusalCount(NamedTuple):
    """How often a rule refused with a status."""

    rule: str
    status: str
    times: int


class Traces(Protocol):
    """Reads only."""

    def walk(self, sought: Sought, before: TracePlace | None, limit: int, most: int) -> Look:
        """At most ``limit`` messages, found among the ``most`` next ones of the rarest index."""
        ...

    def refused(self, sender: PartyId, since: datetime, until: datetime, limit: int) -> list[Refused]:
        """What was refused to that sender, the latest first; not the recipients of what was accepted."""
        ...

    def refusals(self, since: datetime, until: datetime) -> list[RefusalCount]:
        """Of everybody, by rule and status; each recipient refused counts."""
        ...

    def lines_of(self, queue_id: str, since: datetime, until: datetime, limit: int) -> list[JournalEntry]:
        """What was done to a message that was held or queued, and by whom; the oldest first."""
        ...
