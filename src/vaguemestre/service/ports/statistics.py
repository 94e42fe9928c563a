"""Sums of a month, and how far they have been counted, as the services see them. domain.md §8.

A cell names nobody: a month, a domain of ours, a kind of mailbox, a figure.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalKind


class Figure(StrEnum):
    """What is summed. The last four are how the mailboxes stood, and are written anew each day of a month."""

    SENT = "sent"
    RECEIVED = "received"
    REFUSED = "refused"
    CONVERSATIONS_OPENED = "conversations_opened"
    CONVERSATIONS_CLOSED = "conversations_closed"
    SIGN_INS = "sign_ins"
    MAILBOXES_CREATED = "mailboxes_created"
    MAILBOXES_CLOSED = "mailboxes_closed"
    DELIVERED = "delivered"  # long enough ago to say whether it was opened
    OPENED = "opened"
    MAILBOXES = "mailboxes"
    UNLISTED = "mailboxes_unlisted"
    SEEN = "mailboxes_seen"
    VOLUME = "volume"

    @property
    def is_level(self) -> bool:
        """Whether it tells how things stood, and not what took place."""
        return self in LEVELS


LEVELS = frozenset({Figure.MAILBOXES, Figure.UNLISTED, Figure.SEEN, Figure.VOLUME})

ALL_DOMAINS = "*"
"""The domain of sums over all of them: added with each, so that nobody reads a month of them to tell one."""

COMPARED = frozenset(
    {Figure.SENT, Figure.RECEIVED, Figure.DELIVERED, Figure.OPENED, Figure.SIGN_INS, Figure.MAILBOXES}
)
"""What domains are compared by, side by side."""


class Cell(NamedTuple):
    """``month`` as 2026-03. ``about``: who is on the other side, or in which state mailboxes are.

    ``domain`` and ``kind`` are empty for who wrote to us from elsewhere.
    """

    month: str
    domain: str
    kind: str
    figure: Figure
    about: str


class Side(NamedTuple):
    """One side of a message or a conversation, as far as it is counted."""

    domain: str
    kind: BalKind


class Line(NamedTuple):
    """What is read of a line of the journal; ``at`` in microseconds, ``detail`` as text."""

    at: int
    actor: str
    event: str
    bal: int | None
    detail: str


class Told(NamedTuple):
    """Of one recipient here: when his message was accepted, and when he read it, in microseconds."""

    accepted_at: int
    side: Side
    read_at: int | None


class Standing(NamedTuple):
    """A mailbox as it stands; ``seen_on``: the day of its last sign-in."""

    id: int
    side: Side
    state: str
    is_unlisted: bool
    used: int
    seen_on: date | None


class Cursor(NamedTuple):
    """How far the journal and the traces have been counted. Months before ``since`` are not counted again."""

    since: str
    journal: int
    traces: int


class Statistics(Protocol):
    """Sums and cursor lie side by side, so that one transaction moves both."""

    def cursor(self) -> Cursor | None:
        """None before anything was counted."""
        ...

    def begin(self, since: str) -> None:
        """From that month on count everything anew: its sums go, and both cursors stand before all."""
        ...

    def counted(self, before: Cursor, after: Cursor) -> bool:
        """Move the cursor; False when it does not stand at ``before`` any more, and nothing is moved."""
        ...

    def add(self, sums: Mapping[Cell, int]) -> None:
        """To what is there."""
        ...

    def set_levels(self, month: str, sums: Mapping[Cell, int]) -> None:
        """In the place of those of that month."""
        ...

    def months(self) -> list[str]:
        """Those of which there is anything, the latest first."""
        ...

    def domains(self, month: str) -> list[str]:
        """Those of which that month has anything, in their order; one is empty where nobody's is known.

        ``ALL_DOMAINS`` is not among them.
        """
        ...

    def read(self, month: str, domain: str) -> list[tuple[Cell, int]]:
        """In the order of their names."""
        ...

    def by_domain(self, month: str, first: str, last: str) -> list[tuple[Cell, int]]:
        """``COMPARED`` of some of ``domains``, of all kinds together: cells that name no kind."""
        ...

    def last_line(self) -> int:
        """The place of the journal's last chained line, 0 without any."""
        ...

    def lines(self, after: int, until: int) -> list[Line]:
        """Lines that are counted, of places after one, up to another."""
        ...

    def sides(self, bals: Iterable[int]) -> dict[int, Side]:
        """Of those that are mailboxes here."""
        ...

    def side_of(self, address: Address) -> Side | None:
        """Of a mailbox here."""
        ...

    def last_trace(self, before: datetime) -> int:
        """The greatest number of a message accepted before, 0 without any."""
        ...

    def told(self, after: int, until: int) -> Sequence[Told]:
        """What became of messages of these numbers, for each recipient here that had them."""
        ...

    def standing(self, after: int, limit: int) -> list[Standing]:
        """Mailboxes, by number."""
        ...
