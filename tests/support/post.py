"""A world with mail queued for another operator, who is a server on a real socket with real TLS."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from tests.support.other_operator import THEIRS, OtherOperator, a_dialling, a_trust, another_operator, our_tls
from tests.support.world import World, a_world

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.deliver_by import By
from vaguemestre.mail.dsn import NO_WISH, Wish
from vaguemestre.mail.fate import Fate, FateState
from vaguemestre.mime.reader import MessageReader
from vaguemestre.service.outbound.sending import Sending, SendingTerms
from vaguemestre.service.outbound.upkeep import QueueUpkeep
from vaguemestre.service.ports.outbound import OUTGOING, NewOutbound, OutboundDelivery
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.submission import NewSubmission
from vaguemestre.smtp.client import PATIENCE, Step

LETTER = b"Return-Path: <claire@x>\r\nSubject: x\r\nMessage-ID: <1@cabinet.mssante.fr>\r\n\r\nx\r\n"
PAUL, ANNE = Address("paul", THEIRS), Address("anne", THEIRS)


@dataclass(frozen=True, slots=True)
class Post:
    """A world, its queue, and another operator."""

    world: World
    peer: OtherOperator
    sending: Sending
    upkeep: QueueUpkeep
    claire: Bal

    async def queue(
        self,
        queue_id: str,
        recipients: Sequence[tuple[Address, Wish]] = ((PAUL, NO_WISH),),
        *,
        requires_tls: bool = False,
        by: By | None = None,
    ) -> None:
        """A message of Claire's, as it is when it was accepted."""
        now, spool, reader = self.world.clock.now(), self.world.vault.spool(), MessageReader()
        spool.feed(LETTER)
        reader.feed(LETTER)
        body = await self.world.vault.seal(OUTGOING, spool, reader.finish().card, now)
        spool.discard()

        def unit(tx: Transaction) -> None:
            due = None if by is None else by.after(now)
            new = NewSubmission(queue_id, self.claire.id, None, None, now, deliver_by=due)
            begun = tx.submissions.begin(new, now - timedelta(hours=24))
            assert isinstance(begun, int)
            path = self.claire.address
            new_outbound = NewOutbound(begun, queue_id, path, recipients, body, now)
            tx.outbound.add(replace(new_outbound, requires_tls=requires_tls, deliver_by=due))
            for recipient, _ in recipients:
                tx.submissions.settle(begun, Fate(recipient, FateState.QUEUED, now), body.id)

        await self.world.store.write(unit, "test")

    async def send(self) -> None:
        """Everything that is due."""
        await self.sending.run_once(100)

    async def waiting(self) -> list[OutboundDelivery]:
        """All that has not left."""
        return await self.world.store.read(lambda tx: tx.outbound.listed())

    async def states(self, queue_id: str) -> dict[str, tuple[str, str]]:
        """Each recipient's fate and its status."""
        trace = await self.world.store.read(lambda tx: tx.submissions.trace(queue_id))
        assert trace is not None
        return {fate.recipient.local: (fate.state.value, fate.status) for fate in trace.fates}

    async def told(self) -> list[str]:
        """What Claire's INBOX has, by its text."""
        await self.world.reports.run_once(100)
        return [(await self.world.octets(row)).decode() for row in await self.world.inbox(self.claire)]


@asynccontextmanager
async def a_post(
    tmp_path: Path, patience: Mapping[Step, float] = PATIENCE, terms: SendingTerms | None = None
) -> AsyncIterator[Post]:
    async with a_world(tmp_path) as world, another_operator(tmp_path) as peer:
        trust = a_trust(hopital_example="citizen-operator", mort_example="citizen-operator")
        carrier = a_dialling(await our_tls(tmp_path), trust, hopital_example=peer.port, mort_example=1)
        carrier = replace(carrier, patience=patience)
        sending = Sending(world.store, world.vault, world.clock, carrier, terms or SendingTerms(), "us")
        upkeep = QueueUpkeep(world.store, world.vault, world.clock)
        claire = await world.bal("claire@cabinet.mssante.fr")
        yield Post(world, peer, sending, upkeep, claire)
