"""A submission service that keeps messages in memory: real, and small enough to see through.

The SMTP door is tested on it alone; ``tests/journeys`` has the door on the real service.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.support.builders import NOON, a_professional

from vaguemestre.mail.access import Right
from vaguemestre.mail.address import Address, ReversePath
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.deliver_by import By, DeliverBy
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.reply import Reply
from vaguemestre.policy.limits import BOUNDLESS, Allowance
from vaguemestre.service.arriving.deadlines import promised
from vaguemestre.service.sign_in.by_password import Login, Plain
from vaguemestre.service.sign_in.outcome import (
    Channel,
    Exchange,
    MechanismNotOffered,
    SignedIn,
    SignInRefused,
)

CLAIRE = "claire.martin@cabinet.mssante.fr"
PASSWORD = "correct horse"


class Porter:
    """Lets Claire in."""

    def __init__(self) -> None:
        self.called = asyncio.Event()
        self.asked: list[tuple[str, str, str]] = []
        self.failure: Exception | None = None
        self.shut_out: frozenset[BalId] = frozenset()
        self.gate = asyncio.Event()
        self.gate.set()

    def mechanisms(self, channel: Channel) -> tuple[str, ...]:
        return ("PLAIN", "LOGIN")

    def begin(self, mechanism: str, channel: Channel) -> Exchange:
        if mechanism.upper() not in self.mechanisms(channel):
            raise MechanismNotOffered
        return (Plain if mechanism.upper() == "PLAIN" else Login)(self, channel)

    async def barred(self, bals: Iterable[BalId]) -> frozenset[BalId]:
        return frozenset(bals) & self.shut_out

    async def withdrawn(self, sessions: Iterable[SignedIn]) -> frozenset[SignedIn]:
        return frozenset()

    async def ended(self, readers: Iterable[SignedIn], needed: Right | None) -> frozenset[SignedIn]:
        return frozenset()

    async def sign_in(
        self, name: str, password: str, channel: Channel, mechanism: str, acts_as: str = ""
    ) -> SignedIn:
        self.asked.append((name, channel.door, channel.peer))
        self.called.set()
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        if (name, password) != (CLAIRE, PASSWORD):
            raise SignInRefused
        return SignedIn(a_professional())


@dataclass
class Letter:
    """One message coming in."""

    signed_in: SignedIn | None  # None of another operator's
    envelope: Envelope
    protocol: str
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0
    grown: asyncio.Event = field(default_factory=asyncio.Event)
    abandoned: asyncio.Event = field(default_factory=asyncio.Event)
    failure: Exception | None = None

    def feed(self, octets: bytes) -> None:
        if self.failure is not None:
            raise self.failure
        self.size += len(octets)
        self.pieces.append(octets)
        self.grown.set()

    def abandon(self) -> None:
        self.abandoned.set()

    @property
    def octets(self) -> bytes:
        return b"".join(self.pieces)


@dataclass(frozen=True)
class Slip:
    """What one gets for a letter."""

    reply: Reply


class Letterbox:
    """Takes letters for anybody but ``nobody@…``, from Claire."""

    def __init__(self, max_message_size: int = 1_000_000, max_recipients: int = 100) -> None:
        self.max_message_size = max_message_size
        self.max_recipients = max_recipients
        self.allowance = BOUNDLESS
        self.begun: list[Letter] = []
        self.kept: list[Letter] = []
        self.failure: Exception | None = None
        self.feeding_fails: Exception | None = None
        self.asked_to_submit = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()
        self.letter_kept = asyncio.Event()

    def allowance_of(self, signed_in: SignedIn) -> Allowance:
        return self.allowance

    async def accepts_sender(
        self, signed_in: SignedIn, reverse_path: ReversePath, declared_size: int | None
    ) -> Reply:
        if reverse_path is not None and reverse_path.key != signed_in.bal.address.key:
            return Reply(550, 7, 1, "This address is not yours")
        if declared_size is not None and declared_size > self.max_message_size:
            return Reply(552, 3, 4, "This message is too large")
        return Reply(250, 1, 0, "Sender OK")

    @property
    def latest_release(self) -> tuple[timedelta, datetime] | None:
        return timedelta(days=30), NOON + timedelta(days=30)

    async def holds(
        self, signed_in: SignedIn, reverse_path: ReversePath, hold: timedelta | datetime
    ) -> datetime | Reply:
        until = hold if isinstance(hold, datetime) else NOON + hold
        return until if NOON < until <= NOON + timedelta(days=30) else Reply(501, 5, 4, "Not until then")

    def delivers_by(self, by: By, held_until: datetime | None) -> DeliverBy | Reply:
        return promised(by, held_until, NOON)

    async def accepts_recipient(self, signed_in: SignedIn, envelope: Envelope, recipient: Address) -> Reply:
        if recipient.local == "bug":
            raise RuntimeError("what nobody foresaw")
        if recipient.local == "nobody":
            return Reply(550, 1, 1, "There is no such mailbox", "Il n'y a pas de boîte à ce nom")
        return Reply(250, 1, 5, "Recipient OK")

    def begin(self, signed_in: SignedIn, envelope: Envelope, protocol: str) -> Letter:
        letter = Letter(signed_in, envelope, protocol, failure=self.feeding_fails)
        self.begun.append(letter)
        return letter

    async def submit(self, incoming: Letter) -> Slip:
        self.asked_to_submit.set()
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        if incoming.size > self.max_message_size:
            return Slip(Reply(552, 3, 4, "This message is too large"))
        self.kept.append(incoming)
        self.letter_kept.set()
        return Slip(Reply(250, 0, 0, f"Kept as number {len(self.kept)}"))
