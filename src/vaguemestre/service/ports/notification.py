"""What notifying needs from others: its tables in the database, and the ways a holder is told by.

domain.md §2: he is told at his personal address that something arrived, in words that reveal nothing.

*Waiting*: a bal has one notification at most, begun in the transaction that files its first message. It is
due a *window* after ``waits_from``, so that ten documents make one. *Leased*: one process is about to send
it; what arrives meanwhile begins the next. *Given up*: nobody tries it any more, until something arrives.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.contact import ContactKind
from vaguemestre.mail.mailbox import BodyId, Uid
from vaguemestre.service.ports.vault import KeyDay


@dataclass(frozen=True, slots=True)
class SealedContact:
    """A holder's contact as it is kept: sealed as the card of a message is (``ports.SealedCard``)."""

    id: BodyId
    bal: BalId
    day: KeyDay
    card: bytes
    kind: ContactKind
    is_on: bool


class Lease(NamedTuple):
    """The right to send one notification, until a time that tells this right from any later one.

    ``first`` is the earliest message in INBOX that he was not told of; ``named`` the one by which the
    notification is named: the same name is sent again after a crash, so that the other side may know it.
    """

    bal: BalId
    first: Uid
    named: Uid
    since: datetime
    attempts: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """One notification as the operator sees it; ``waits_from`` None once it was given up."""

    bal: BalId
    since: datetime
    waits_from: datetime | None
    attempts: int
    leased_until: datetime | None
    reason: str


class Notifications(Protocol):
    """Contacts, and the notifications that wait; inside a transaction."""

    def contact(self, bal: BalId) -> SealedContact | None: ...  # noqa: D102 (said by the class)

    def set_contact(self, contact: SealedContact) -> None:
        """Replaces the one before."""
        ...

    def switch(self, bal: BalId, on: bool) -> bool:
        """Whether there is a contact to switch."""
        ...

    def drop_contact(self, bal: BalId) -> bool:
        """With what waits for it; whether there was one."""
        ...

    def arrived(self, bal: BalId, uid: Uid, now: datetime) -> None:
        """A message was filed in INBOX; nothing happens unless he wishes to be told."""
        ...

    def is_due(self, before: datetime, now: datetime) -> bool:
        """Whether ``lease`` would find any."""
        ...

    def lease(self, before: datetime, now: datetime, until: datetime, limit: int) -> list[Lease]:
        """Those that wait since ``before``, and that nobody else is sending at ``now``."""
        ...

    def has_unread(self, lease: Lease) -> bool:
        """Whether anything in INBOX that he was not told of is still unread."""
        ...

    def told(self, lease: Lease) -> None:
        """Sent, or of no use any more: gone, or begun anew by what arrived meanwhile."""
        ...

    def defer(self, lease: Lease, waits_from: datetime | None, reason: str) -> None:
        """It was tried in vain; None gives it up. Nothing happens to a lease that ran out and was renewed."""
        ...

    def release(self, leases: Sequence[Lease]) -> None:
        """They were not tried: as before."""
        ...

    def waiting(self, limit: int) -> list[Waiting]:
        """The oldest first; those given up last."""
        ...

    def hasten(self, bal: BalId | None, before: datetime) -> int:
        """One, whoever is sending it, or all that were tried in vain, are due at once; how many."""
        ...


class NotTold(Exception):  # noqa: N818 (an answer of the other side, not a fault)
    """He was not told. ``reason`` names no address; ``is_final``: trying again is of no use.

    ``is_cut``: this session tells nobody else either.
    """

    def __init__(self, reason: str, *, is_final: bool = False, is_cut: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final
        self.is_cut = is_cut


@dataclass(frozen=True, slots=True)
class Telling:
    """What is sent to one holder. ``key`` is the same when the same is sent again."""

    to: str
    key: str
    subject: str
    text: str
    now: datetime


class Session(Protocol):
    """One connection, for many."""

    async def tell(self, telling: Telling) -> None:
        """Return when the other side has taken it over. Raises NotTold."""
        ...


class Way(Protocol):
    """A smart host, a webhook."""

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Entering raises NotTold when the other side is out of reach."""
        ...
