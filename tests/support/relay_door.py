"""The door of other operators on a real socket, with a trust list in memory and a service in a few lines.

``operator`` of the health PKI is ours; ``citizen-operator`` is another, listed for ``patient.mssante.fr``.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.support.builders import NOON
from tests.support.letterbox import Letter, Slip
from tests.support.operator_tls import Hands, client_of, health_pki, operator_tls
from tests.support.smtp_door import HOSTNAME, PATIENCE, Client

from vaguemestre.mail.address import Address, ReversePath
from vaguemestre.mail.deliver_by import By, DeliverBy
from vaguemestre.mail.distinguished_name import DistinguishedName
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.peer import Peer
from vaguemestre.mail.reply import Reply
from vaguemestre.net.health_pki import HealthPki
from vaguemestre.net.operators import OperatorTls
from vaguemestre.service.arriving.deadlines import promised
from vaguemestre.service.ports.trust import Trust
from vaguemestre.service.trust.subjects import subject_of
from vaguemestre.smtpd.relay_door import RelayDoor
from vaguemestre.smtpd.terms import SmtpLimits

OURS = "cabinet.mssante.fr"
THEIRS = "patient.mssante.fr"


class TrustInMemory:
    """A list that tests write."""

    def __init__(self) -> None:
        self.is_current = True
        self.generated_at: datetime | None = None
        self.listed: dict[str, frozenset[str]] = {}

    def lists(self, domain: str) -> bool:
        return any(domain.lower() in domains for domains in self.listed.values())

    def accepts(self, domain: str, subject: DistinguishedName) -> bool:
        return domain.lower() in self.domains_of(subject)

    def domains_of(self, subject: DistinguishedName) -> frozenset[str]:
        return self.listed.get(subject.key, frozenset())


@dataclass
class Bag:
    """One message of a peer's."""

    peer: Peer
    letter: Letter

    def feed(self, octets: bytes) -> None:
        self.letter.feed(octets)

    def abandon(self) -> None:
        self.letter.abandon()


class Sorting:
    """Takes mail for anybody of ours but ``nobody@…``, from the domains a peer speaks for."""

    max_message_size = 1_000_000
    max_recipients = 100

    def __init__(self) -> None:
        self.kept: list[Bag] = []

    async def accepts_sender(self, peer: Peer, reverse_path: ReversePath, declared_size: int | None) -> Reply:
        if reverse_path is not None and reverse_path.domain_key not in peer.domains:
            return Reply(550, 7, 1, "This domain is not yours", "Ce domaine n'est pas le vôtre")
        return Reply(250, 1, 0, "Sender OK")

    def delivers_by(self, by: By, held_until: datetime | None) -> DeliverBy | Reply:
        return promised(by, held_until, NOON)

    async def accepts_recipient(self, peer: Peer, envelope: Envelope, recipient: Address) -> Reply:
        if recipient.domain_key != OURS:
            return Reply(550, 7, 1, "This is no mailbox of ours", "Cette boîte n'est pas ici")
        if recipient.local == "nobody":
            return Reply(550, 1, 1, "There is no such mailbox", "Il n'y a pas de boîte à ce nom")
        return Reply(250, 1, 5, "Recipient OK")

    def begin(self, peer: Peer, envelope: Envelope, protocol: str) -> Bag:
        return Bag(peer, Letter(None, envelope, protocol))

    async def submit(self, incoming: Bag) -> Slip:
        self.kept.append(incoming)
        return Slip(Reply(250, 0, 0, f"Kept as number {len(self.kept)}"))


@dataclass
class OpenRelay:
    """The door, and what stands around it."""

    door: RelayDoor
    port: int
    operators: OperatorTls
    clock: Hands
    trust: TrustInMemory = field(default_factory=TrustInMemory)
    sorting: Sorting = field(default_factory=Sorting)

    @asynccontextmanager
    async def client(self, tls: bool = False) -> AsyncIterator[Client]:
        """Connect; leave at the end. TLS never comes with the first octet here."""
        assert not tls
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=2**20)
        try:
            yield Client(reader, writer)
        finally:
            writer.transport.abort()


async def is_turned_away(relay: OpenRelay, pki: HealthPki, name: str) -> None:
    """Be a peer whose certificate ends the handshake, and hear nothing but that."""
    async with relay.client() as client:
        await client.reply()
        await client.ask(b"EHLO mx.ailleurs.example\r\n")
        assert (await client.ask(b"STARTTLS\r\n")).startswith(b"220 ")
        with suppress(OSError):  # our end may believe for a moment that it is over: TLS 1.3 answers later
            await client.start_tls(client_of(pki, name))
        with suppress(OSError):
            assert await client.rest() == b""


@asynccontextmanager
async def an_open_relay(
    folder: Path,
    pki: HealthPki | None = None,
    limits: SmtpLimits | None = None,
    most_of_one: int = 50,
    space: Trust | None = None,
) -> AsyncIterator[OpenRelay]:
    """A door that has looked at the revocation lists once; ``space`` is asked instead of its own list."""
    pki = pki or health_pki()
    clock, trust, sorting = Hands(), TrustInMemory(), Sorting()
    operators = operator_tls(pki, folder / "lists", clock)
    await operators.lists.run_once(1)
    trust.listed[subject_of(pki.shown("citizen-operator").read).key] = frozenset({THEIRS})
    limits = limits or SmtpLimits(grace=2.0, timeout=PATIENCE)
    door = RelayDoor(operators, space or trust, sorting, operators.server, HOSTNAME, limits, most_of_one)
    server = await door.listen("127.0.0.1", 0, implicit_tls=False)
    try:
        yield OpenRelay(door, server.sockets[0].getsockname()[1], operators, clock, trust, sorting)
    finally:
        await door.close()
