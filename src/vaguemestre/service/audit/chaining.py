"""Chains the lines of the journal: a step behind the commits, so that no commit waits for it.

Lines lie in the journal, sealed, from the commit of what they tell; their place in the chain comes with the
next step. Between the two a line that is taken out whole leaves no trace; one that is changed or put in does
(``audit_chain``). How long that is: ``[audit] delay`` and the step itself, a millisecond for a hundred lines.

Whoever chains holds a lock of the database, so that many processes make one chain.
"""

import asyncio
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from vaguemestre.service.audit.chain import BEGUN, ORIGIN, SALT_LENGTH, link_after, seal_of
from vaguemestre.service.audit.vouchers import RESUMED
from vaguemestre.service.ports.audit import KeptLine, Link, Placed, Witness
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction

ACTOR: Final = "rule:AUDIT"
AT_ONCE: Final = 100  # lines in one unit of work: a millisecond or two
WITNESS_EVERY: Final = timedelta(minutes=1)

_log = structlog.get_logger()


class Chaining:
    """``key`` seals and chains; ``witness`` keeps the latest link where the database's writers cannot."""

    def __init__(self, store: Store, clock: Clock, key: bytes, witness: Witness) -> None:
        self._store = store
        self._clock = clock
        self._key = key
        self._witness = witness
        self._witnessed_at: datetime | None = None
        self._has_begun = False

    async def run_once(self, limit: int) -> int:
        """Chain at most ``limit`` lines; how many, for the worker."""
        done = 0
        if not await self._store.read(lambda tx: tx.chain.unchained(1)):
            limit = 0
        while (left := min(AT_ONCE, limit - done)) > 0:
            count = await self._store.write(lambda tx: self._step(tx, left), "chain", is_long=True)
            done += count
            if count < left:
                break
            await asyncio.sleep(0)  # the sessions have their turn
        await self._keep_witness()
        return done

    async def chain_all(self) -> None:
        """Every line that is committed now, and the witness with them: before what must see them all."""
        while await self.run_once(AT_ONCE) >= AT_ONCE:
            pass
        self._witnessed_at = None
        await self._keep_witness()

    async def resume(self, operator: str, reason: str) -> int:
        """After a backup was restored: say so, and let the witness follow; the last line that is left."""
        tip = await self._store.read(lambda tx: tx.chain.tip()) or ORIGIN
        detail = {"line": str(tip.seq), "reason": reason}
        entry = JournalEntry(self._clock.now(), f"operator:{operator}", RESUMED, None, detail)
        await self._store.write(lambda tx: tx.journal.record(entry), "resume chain")
        await self.chain_all()
        latest = await self._store.read(lambda tx: tx.chain.tip())
        if latest is not None:
            await self._witness.keep(latest)
        return tip.seq

    def _step(self, tx: Transaction, limit: int) -> int:
        if not tx.chain.alone():
            return 0
        tip = tx.chain.tip()
        if tip is None and not tx.journal.entries(event=BEGUN, limit=1):
            older = str(tx.chain.waiting()[0])
            tx.journal.record(JournalEntry(self._clock.now(), ACTOR, BEGUN, None, {"older": older}))
        lines = tx.chain.unchained(limit)
        if not self._begun(tx):
            lines = self._taken_in(tx, lines)
        link, placed = tip or ORIGIN, []
        for line in lines:
            link = link_after(self._key, link, line)
            placed.append(Placed(line.id, link))
        tx.chain.place(placed)
        return len(placed)

    def _taken_in(self, tx: Transaction, lines: Sequence[KeptLine]) -> list[KeptLine]:
        """The same, those older than seals sealed now: they come before the line that begins the chain."""
        until = next((number for number, line in enumerate(lines) if line.event == BEGUN), len(lines))
        older = [self._sealed_now(line) for line in lines[:until] if line.seal is None]
        tx.chain.seal(older)
        sealed = {line.id: line for line in older}
        return [sealed.get(line.id, line) for line in lines]

    def _begun(self, tx: Transaction) -> bool:
        """Whether the line that begins the chain has its place: after it, what bears no seal is not ours."""
        if not self._has_begun:
            self._has_begun = bool(tx.chain.saying(BEGUN, 0, 1))
        return self._has_begun

    def _sealed_now(self, line: KeptLine) -> KeptLine:
        """A line that is older than seals."""
        salt = os.urandom(SALT_LENGTH)
        seal = seal_of(self._key, salt, line.at, line.actor, line.event, line.bal, line.detail)
        return line._replace(salt=salt, seal=seal)

    async def _keep_witness(self) -> None:
        """Once a minute; never over one that the chain does not lead through any more."""
        now = self._clock.now()
        if self._witnessed_at is not None and now - self._witnessed_at < WITNESS_EVERY:
            return
        self._witnessed_at = now
        tip = await self._store.read(lambda tx: tx.chain.tip())
        try:
            kept = await self._witness.kept()
        except ValueError:
            _log.error("audit_witness_changed")
            return
        if kept is not None and not await self._leads_through(kept):
            _log.error("audit_chain_broken", line=kept.seq, tip=None if tip is None else tip.seq)
        elif tip is not None and (kept is None or kept.seq < tip.seq):
            await self._witness.keep(tip)

    async def _leads_through(self, link: Link) -> bool:
        line = await self._store.read(lambda tx: tx.chain.at(link.seq))
        return line is not None and line.head == link.head
