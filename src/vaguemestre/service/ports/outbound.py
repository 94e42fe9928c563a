"""Mail for other operators that waits to be sent: what the services ask of the database. domain.md §6.

A message is queued in the transaction that accepted it, a *delivery* for each destination (a recipient's
domain) and in it a row for each recipient. A process *leases* deliveries: their next attempt is written down
before anybody is dialled, so that a crash never makes a hot loop. The *fence* grows with each lease, and who
lost his lease changes nothing any more.

RFC 5321 §4.5.4: who accepted a message delivers it or says why not. What is here has been accepted.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, NewType, Protocol

from vaguemestre.mail.address import Address, ReversePath
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.deliver_by import DeliverBy
from vaguemestre.mail.dsn import Returned, Wish
from vaguemestre.mail.fate import SubmissionId
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.service.ports.vault import KeyDay, SealedBody, SealedCard

OutboundId = NewType("OutboundId", int)

OUTGOING: Final = BalId(0)
"""Whose data keys seal what leaves: nobody's bal. ``vault.seal(OUTGOING, …)``, once for all recipients.

docs/decisions/0031-how-outgoing-mail-is-sealed.md
"""


class WaitState(StrEnum):
    """Why a delivery is where it is."""

    WAITING = "waiting"
    HELD = "held"  # by the operator
    PARKED = "parked"  # our own code failed on it, or the peer hung up on it, again and again


@dataclass(frozen=True, slots=True)
class NewOutbound:
    """A message to be queued, sealed for ``OUTGOING``. ``recipients``: those at other operators.

    ``submission`` None: nobody is told what becomes of it. ``identifier`` is ENVID, ``returned`` RET.
    """

    submission: SubmissionId | None
    queue_id: str
    reverse_path: ReversePath
    recipients: Sequence[tuple[Address, Wish]]
    body: SealedBody
    at: datetime
    identifier: str = ""
    returned: Returned | None = None
    requires_tls: bool = False
    deliver_by: DeliverBy | None = None


class Lease(NamedTuple):
    """The right to try one delivery, until a time; ``fence`` tells it from every other."""

    message: OutboundId
    destination: str
    fence: int
    until: datetime


@dataclass(frozen=True, slots=True)
class OutboundDelivery:
    """One message for one destination: ``recipients`` are those who do not have it yet.

    ``due_at`` is the end of the lease while there is one; ``owner`` is who leased it, empty without.
    ``crashes``: how often our own code failed on it, or the peer hung up on it.
    """

    message: OutboundId
    destination: str
    submission: SubmissionId | None
    queue_id: str
    reverse_path: ReversePath
    recipients: tuple[tuple[Address, Wish], ...]
    at: datetime
    size: int
    identifier: str
    returned: Returned | None
    requires_tls: bool
    deliver_by: DeliverBy | None
    state: WaitState
    due_at: datetime
    attempts: int
    crashes: int
    owner: str
    reason: str


class QueueDepth(NamedTuple):
    """How much is there, by state, each counted up to a bound; ``oldest`` is None when there is nothing."""

    deliveries: Mapping[WaitState, int]
    oldest: datetime | None


class LeasedDelivery(NamedTuple):
    """A delivery and the right to try it; its ``attempts`` counts this one."""

    lease: Lease
    delivery: OutboundDelivery


@dataclass(frozen=True, slots=True)
class Pause:
    """A destination that is left alone. ``failures`` in a row; ``since`` the first of them."""

    destination: str
    until: datetime
    since: datetime
    failures: int
    reason: str


class AgeCount(NamedTuple):
    """Of a destination: how many are no older than ``bound`` seconds and older than the bound before."""

    destination: str
    bound: int
    deliveries: int


class Outbound(Protocol):
    """The queue, inside a transaction."""

    def add(self, message: NewOutbound) -> OutboundId:
        """Queue it, due at once. Its caller says in each recipient's fate that it waits (``QUEUED``)."""
        ...

    def due(self, now: datetime, after: str, limit: int) -> list[str]:
        """Destinations after a name that have something due and are not paused, by name.

        One look at an index for each destination, however many messages wait for it.
        """
        ...

    def lease(
        self, destination: str, owner: str, now: datetime, until: datetime, limit: int
    ) -> list[LeasedDelivery]:
        """Those due for the longest; their next attempt is ``until`` and they count one more."""
        ...

    def renew(self, leases: Collection[Lease], until: datetime) -> list[Lease]:
        """Those of them that still stand, as they were given; they end then."""
        ...

    def stands(self, lease: Lease) -> bool:
        """Whether nobody took it since it was given. It may be past its end."""
        ...

    def body(self, message: OutboundId) -> SealedBody | None: ...  # noqa: D102 (said by the class)

    def card(self, body: BodyId) -> SealedCard | None:
        """Of a message that is here, by its sealed body's number."""
        ...

    def settle(self, lease: Lease, recipients: Collection[Address], at: datetime) -> bool:
        """These need nothing more; False, and nothing happens, when the lease was lost.

        A delivery without recipients is gone; a message without deliveries has left ``at``.
        """
        ...

    def defer(self, lease: Lease, due_at: datetime, reason: str, *, has_crashed: bool = False) -> bool:
        """To be tried again at ``due_at``; False, and nothing happens, when the lease was lost."""
        ...

    def park(self, lease: Lease, reason: str) -> bool:
        """Not tried again by itself; False as above."""
        ...

    def release(self, leases: Collection[Lease], now: datetime) -> None:
        """They were not tried: due at once, and this attempt does not count."""
        ...

    def take_back(self, now: datetime, most: int) -> int:
        """End every lease, whoever has it, but of what was tried more than ``most`` times; how many."""
        ...

    def pause(self, pause: Pause) -> None:
        """Leave a destination alone; replaces what was said of it before."""
        ...

    def paused(self, destination: str) -> Pause | None: ...  # noqa: D102

    def resume(self, destination: str) -> None:
        """It answers again."""
        ...

    def tell_late(self, before: datetime, limit: int) -> list[OutboundDelivery]:
        """Those accepted before a time whose sender was not told that it takes long: told from now on.

        Not where he has set a time of his own: see ``tell_due``.
        """
        ...

    def tell_due(self, now: datetime, limit: int) -> list[OutboundDelivery]:
        """Those whose sender wished to be told by now that they are not delivered: told from now on."""
        ...

    def take_out_of_time(self, now: datetime, limit: int) -> list[OutboundDelivery]:
        """Out of the queue those not to be delivered any more, held ones too; not what is being sent."""
        ...

    def take_ended(self, before: datetime, now: datetime, limit: int) -> list[OutboundDelivery]:
        """Out of the queue those accepted before a time; not what is held or being sent."""
        ...

    def left(self, limit: int) -> list[SealedBody]:
        """Drop messages that have left and of which no report waits: their bodies, octets left out."""
        ...

    def days(self) -> frozenset[KeyDay]:
        """The days whose key sealed something that is still here."""
        ...

    def listed(
        self, *, destination: str | None = None, state: WaitState | None = None, limit: int = 100
    ) -> list[OutboundDelivery]:
        """The oldest first."""
        ...

    def of(self, queue_id: str) -> list[OutboundDelivery]:
        """What waits of one message."""
        ...

    def hasten(self, now: datetime, queue_id: str | None = None, destination: str | None = None) -> int:
        """Due at once, whoever held or parked it, and no destination of theirs is paused; how many."""
        ...

    def hold(self, queue_id: str) -> int:
        """Not tried until it is hastened; how many deliveries. Who is sending it loses his lease."""
        ...

    def take(self, queue_id: str, now: datetime) -> list[OutboundDelivery]:
        """Out of the queue, whatever it is doing."""
        ...

    def pauses(self) -> list[Pause]:
        """By destination."""
        ...

    def ages(self, now: datetime, bounds: Sequence[int]) -> list[AgeCount]:
        """What waits, by destination and age; ``bounds`` in seconds, ascending; older than all is -1."""
        ...

    def depth(self, most: int) -> QueueDepth:
        """A look at indexes that costs no more with a million than with ``most`` of a state."""
        ...
