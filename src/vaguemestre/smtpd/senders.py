"""Who may send, bound to the service that takes his mail: a ``Sender`` for each door."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic

from vaguemestre.mail.address import Address, ReversePath
from vaguemestre.mail.deliver_by import By, DeliverBy
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.peer import Peer
from vaguemestre.mail.reply import Reply
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.smtpd.ports import IncomingT, Message, MessageOf, Relaying, Submissions

_HOLDS_NOTHING: Final = Reply(555, 5, 4, "No message is held here until later")  # RFC 5321 §4.1.1.11


@dataclass(frozen=True, slots=True)
class AccountSender(Generic[IncomingT]):
    """An account that signed in."""

    service: Submissions[IncomingT]
    signed_in: SignedIn

    @property
    def most_recipients(self) -> int:
        """As the account may have, and never more than anybody."""
        allowed = self.service.allowance_of(self.signed_in).recipients
        return min(self.service.max_recipients, allowed)

    async def accepts_sender(self, reverse_path: ReversePath, declared_size: int | None) -> Reply:
        """The reply to MAIL."""
        return await self.service.accepts_sender(self.signed_in, reverse_path, declared_size)

    async def holds(self, reverse_path: ReversePath, hold: timedelta | datetime) -> datetime | Reply:
        """When a message is released that is to be held; or why it is not held."""
        return await self.service.holds(self.signed_in, reverse_path, hold)

    def delivers_by(self, by: By, held_until: datetime | None) -> DeliverBy | Reply:
        """By when a message is delivered or told of; or why that is not promised."""
        return self.service.delivers_by(by, held_until)

    async def accepts_recipient(self, envelope: Envelope, recipient: Address) -> Reply:
        """The reply to RCPT."""
        return await self.service.accepts_recipient(self.signed_in, envelope, recipient)

    def begin(self, envelope: Envelope, protocol: str) -> Message:
        """A message of his begins."""
        return MessageOf(self.service, self.service.begin(self.signed_in, envelope, protocol))


@dataclass(frozen=True, slots=True)
class PeerSender(Generic[IncomingT]):
    """Another operator, believed for one message."""

    service: Relaying[IncomingT]
    peer: Peer

    @property
    def most_recipients(self) -> int:
        """As anybody."""
        return self.service.max_recipients

    async def accepts_sender(self, reverse_path: ReversePath, declared_size: int | None) -> Reply:
        """The reply to MAIL."""
        return await self.service.accepts_sender(self.peer, reverse_path, declared_size)

    async def holds(self, reverse_path: ReversePath, hold: timedelta | datetime) -> datetime | Reply:
        """Never: it is for the operator of who writes to wait."""
        return _HOLDS_NOTHING

    def delivers_by(self, by: By, held_until: datetime | None) -> DeliverBy | Reply:
        """By when a message is delivered or told of; or why that is not promised."""
        return self.service.delivers_by(by, held_until)

    async def accepts_recipient(self, envelope: Envelope, recipient: Address) -> Reply:
        """The reply to RCPT."""
        return await self.service.accepts_recipient(self.peer, envelope, recipient)

    def begin(self, envelope: Envelope, protocol: str) -> Message:
        """A message of his begins."""
        return MessageOf(self.service, self.service.begin(self.peer, envelope, protocol))
