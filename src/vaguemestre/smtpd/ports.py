"""What the SMTP door needs of the services: signing in, and a message taken in octet by octet.

``service.sign_in.authentication``, ``service.arriving.submission`` and ``service.arriving.relaying`` fulfil
these; tests bring smaller ones of their own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from cryptography import x509

from vaguemestre.mail.access import Right
from vaguemestre.mail.address import Address, ReversePath
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.deliver_by import By, DeliverBy
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.peer import Peer
from vaguemestre.mail.reply import Reply
from vaguemestre.net.tls import ServerContext
from vaguemestre.policy.limits import Allowance
from vaguemestre.service.sign_in.outcome import Channel, Exchange, SignedIn


class Authentication(Protocol):
    """Who signs in."""

    def mechanisms(self, channel: Channel) -> tuple[str, ...]:
        """What AUTH offers on that connection."""
        ...

    def begin(self, mechanism: str, channel: Channel) -> Exchange:
        """Raises MechanismNotOffered."""
        ...

    async def barred(self, bals: Iterable[BalId]) -> frozenset[BalId]:
        """Those who may not sign in any more, of some who did. Raises StoreBusyError."""
        ...

    async def withdrawn(self, sessions: Iterable[SignedIn]) -> frozenset[SignedIn]:
        """Those whose password is no more: taken back, or replaced. Raises StoreBusyError."""
        ...

    async def ended(self, readers: Iterable[SignedIn], needed: Right | None) -> frozenset[SignedIn]:
        """Those without that right, or any, where they signed in for another. Raises StoreBusyError."""
        ...


class Operators(Protocol):
    """Whose certificate another operator's is. ``telling``: TLS by which nobody shows one."""

    @property
    def telling(self) -> ServerContext: ...  # noqa: D102 (said by the class)

    async def verified(self, certificate: bytes | None) -> x509.Certificate:
        """As ``net.operators`` says. Raises PeerRefused."""
        ...


class Incoming(Protocol):
    """One message being received."""

    def feed(self, octets: bytes) -> None:
        """Take the next octets, dots removed. Remembers what went wrong until ``submit``."""
        ...

    def abandon(self) -> None:
        """Forget it all. May be called twice."""
        ...


class Receipt(Protocol):
    """The answer to a message."""

    @property
    def reply(self) -> Reply:
        """What to say after the final dot."""
        ...


class Bounds(Protocol):
    """What holds for every message that comes in by a door."""

    @property
    def max_message_size(self) -> int:
        """Octets; what SIZE announces."""
        ...

    @property
    def max_recipients(self) -> int:
        """In one message, whoever sends it."""
        ...

    def delivers_by(self, by: By, held_until: datetime | None) -> DeliverBy | Reply:
        """By when a message is delivered or told of, counted from now; or why that is not promised."""
        ...


class Sender(Protocol):
    """Who may send, together with the service that takes his mail: what a connection holds of both."""

    @property
    def most_recipients(self) -> int:
        """In one message of his."""
        ...

    async def accepts_sender(self, reverse_path: ReversePath, declared_size: int | None) -> Reply:
        """The reply to MAIL."""
        ...

    async def holds(self, reverse_path: ReversePath, hold: timedelta | datetime) -> datetime | Reply:
        """When a message is released that is to be held so long, or until then; or why it is not held."""
        ...

    def delivers_by(self, by: By, held_until: datetime | None) -> DeliverBy | Reply:
        """By when a message is delivered or told of; or why that is not promised."""
        ...

    async def accepts_recipient(self, envelope: Envelope, recipient: Address) -> Reply:
        """The reply to RCPT; ``envelope`` holds what was accepted so far."""
        ...

    def begin(self, envelope: Envelope, protocol: str) -> "Message":
        """A message begins. ``protocol`` is the word for the trace (RFC 3848, RFC 6531 §4.3)."""
        ...


class Counter(Bounds, Protocol):
    """Looks at an envelope before any octet is sent, as a clerk does behind his counter."""

    def allowance_of(self, signed_in: SignedIn) -> Allowance:
        """What this account may do: recipients of a message, connections."""
        ...

    async def accepts_sender(
        self, signed_in: SignedIn, reverse_path: ReversePath, declared_size: int | None
    ) -> Reply:
        """The reply to MAIL."""
        ...

    @property
    def latest_release(self) -> tuple[timedelta, datetime] | None:
        """How long a message may be held, and so until when from now; None when none is held here."""
        ...

    async def holds(
        self, signed_in: SignedIn, reverse_path: ReversePath, hold: timedelta | datetime
    ) -> datetime | Reply:
        """When a message is released that is to be held so long, or until then; or why it is not held."""
        ...

    async def accepts_recipient(self, signed_in: SignedIn, envelope: Envelope, recipient: Address) -> Reply:
        """The reply to RCPT; ``envelope`` holds what was accepted so far."""
        ...


IncomingT = TypeVar("IncomingT", bound=Incoming)
FiledT = TypeVar("FiledT", bound=Incoming, contravariant=True)


class Submissions(Counter, Protocol[IncomingT]):
    """Takes messages; each ``submit`` gets back what its own ``begin`` gave."""

    def begin(self, signed_in: SignedIn, envelope: Envelope, protocol: str) -> IncomingT:
        """A message begins. ``protocol`` is the word for the trace (RFC 3848, RFC 6531 §4.3)."""
        ...

    async def submit(self, incoming: IncomingT) -> Receipt:
        """File it; a positive reply is a promise. Raises StoreBusyError, with nothing filed."""
        ...


class Message(Protocol):
    """A message and the service it goes to, as one thing: what a connection holds from DATA to the reply."""

    def feed(self, octets: bytes) -> None:
        """As Incoming."""
        ...

    def abandon(self) -> None:
        """As Incoming."""
        ...

    async def submit(self) -> Receipt:
        """As Submissions."""
        ...


class Relaying(Bounds, Protocol[IncomingT]):
    """Takes messages from other operators; each ``submit`` gets back what its own ``begin`` gave."""

    async def accepts_sender(self, peer: Peer, reverse_path: ReversePath, declared_size: int | None) -> Reply:
        """The reply to MAIL."""
        ...

    async def accepts_recipient(self, peer: Peer, envelope: Envelope, recipient: Address) -> Reply:
        """The reply to RCPT; ``envelope`` holds what was accepted so far."""
        ...

    def begin(self, peer: Peer, envelope: Envelope, protocol: str) -> IncomingT:
        """A message begins. ``protocol`` is the word for the trace (RFC 3848, RFC 6531 §4.3)."""
        ...

    async def submit(self, incoming: IncomingT) -> Receipt:
        """File it; a positive reply is a promise. Raises StoreBusyError, with nothing filed."""
        ...


class Filing(Protocol[FiledT]):
    """The end of every service that takes messages."""

    async def submit(self, incoming: FiledT) -> Receipt:
        """As Submissions."""
        ...


@dataclass(frozen=True, slots=True)
class MessageOf(Generic[IncomingT]):
    """Binds what ``begin`` gave to the service that gave it, so that no connection can mix them up."""

    service: Filing[IncomingT]
    incoming: IncomingT

    def feed(self, octets: bytes) -> None:
        """As Incoming."""
        self.incoming.feed(octets)

    def abandon(self) -> None:
        """As Incoming."""
        self.incoming.abandon()

    async def submit(self) -> Receipt:
        """As Submissions."""
        return await self.service.submit(self.incoming)
