"""Two gateways that hand each other octets, without sockets: what one has queued, the other is brought."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from tests.support.builders import a_policy
from tests.support.trusted import CLINIC, PATIENTS, SUBJECT, ATrustSpace
from tests.support.world import World, a_world

from vaguemestre.mail.distinguished_name import DistinguishedName, parse_name
from vaguemestre.mail.peer import Peer
from vaguemestre.service.arriving.dispensations import Dispensations
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.directory import Directory
from vaguemestre.service.ports.outbound import LeasedDelivery
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.vault import SealedBody

OFFICE = parse_name("CN=smtp.cabinet.mssante.fr,OU=1750000002,O=Cabinet Fictif,C=FR")
OURS = frozenset({"cabinet.mssante.fr", "patient.mssante.fr"})
THEIRS = frozenset({CLINIC, PATIENTS})


@dataclass(slots=True)
class Operator:
    """One gateway, its certificate, and what the trust list says to it."""

    world: World
    subject: DistinguishedName
    trust: ATrustSpace

    @property
    def peer(self) -> Peer:
        """As it stands before the other."""
        return Peer(self.subject, frozenset(), "192.0.2.7", "mx.example")


@asynccontextmanager
async def two_operators(
    folder: Path,
    directory: Directory | None = None,
    dispensations: Callable[[Clock], Dispensations] | None = None,
) -> AsyncIterator[tuple[Operator, Operator]]:
    """The office (with the people of ``tests.support.builders``) and the clinic with its patients.

    ``directory`` is there for both; the clinic alone asks for ``dispensations``.
    """
    domains = {OFFICE: OURS, SUBJECT: THEIRS}
    office = replace(a_policy(), citizen_domains_elsewhere=frozenset({PATIENTS}))
    clinic = replace(
        a_policy(),
        checks_dispensation=dispensations is not None,
        professional_domains=frozenset({CLINIC}),
        citizen_domains=frozenset({PATIENTS}),
        citizen_domains_elsewhere=frozenset({"patient.mssante.fr"}),
    )
    async with AsyncExitStack() as stack:
        operators = []
        for name, policy, subject, asked in (
            ("office", office, OFFICE, None),
            ("clinic", clinic, SUBJECT, dispensations),
        ):
            (folder / name).mkdir()
            trust = ATrustSpace(dict(domains))
            opening = a_world(folder / name, policy, trust=trust, directory=directory, dispensations=asked)
            world = await stack.enter_async_context(opening)
            operators.append(Operator(world, subject, trust))
        yield operators[0], operators[1]


async def carry(sender: Operator, to: Operator) -> list[str]:
    """Bring what waits to the other gateway; its replies. What it answers is not told to anybody."""
    world, now = sender.world, sender.world.clock.now()
    replies = []
    for destination in await world.store.read(lambda tx: tx.outbound.due(now, "", 10)):
        leased = await world.store.write(partial(_leased, destination=destination, now=now), "lease")
        for one in leased:
            body = await world.store.read(partial(_body, one=one))
            octets = b"".join([piece async for piece in world.vault.open_octets(body)])
            if octets.startswith(b"Return-Path:"):
                octets = octets.partition(b"\r\n")[2]
            recipients = [str(recipient) for recipient, _ in one.delivery.recipients]
            replies.append(
                str(await to.world.relay(sender.peer, one.delivery.reverse_path, octets, *recipients))
            )
            await world.store.write(partial(_settled, one=one, now=now), "settle")
    return replies


def _leased(tx: Transaction, destination: str, now: datetime) -> list[LeasedDelivery]:
    return tx.outbound.lease(destination, "test", now, now + timedelta(hours=1), 10)


def _body(tx: Transaction, one: LeasedDelivery) -> SealedBody:
    body = tx.outbound.body(one.lease.message)
    assert body is not None
    return body


def _settled(tx: Transaction, one: LeasedDelivery, now: datetime) -> bool:
    return tx.outbound.settle(one.lease, [recipient for recipient, _ in one.delivery.recipients], now)
