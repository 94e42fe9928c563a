"""What waits too long: told after some hours, given up after some days; and the keys of days that have left.

RFC 5321 §4.5.4.1: four or five days. Where the sender has set a time of his own (RFC 2852 §4), that counts.
Ages are looked at by an index, since messages for a destination that is left alone are not tried at all.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from vaguemestre.mail.fate import FateState
from vaguemestre.service.outbound import fates as fates
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.outbound import OUTGOING
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDay, Vault

_AT_ONCE: Final = 100
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class QueueUpkeep:
    """``delay``: after which a sender is told once; ``end``: after which it comes back to him."""

    store: Store
    vault: Vault
    clock: Clock
    delay: timedelta = timedelta(hours=4)
    end: timedelta = timedelta(days=5)

    async def run_once(self, limit: int) -> int:
        """At most ``limit`` messages told of, given up or cleared away each; how many, for the worker."""
        now, most = self.clock.now(), min(limit, _AT_ONCE)
        done = await self.store.write(lambda tx: self._age(tx, now, most), "age queue", is_long=True)
        bodies = await self.store.write(lambda tx: tx.outbound.left(most), "clear queue", is_long=True)
        await self.vault.discard([body for body in bodies if body.location is not None])
        if not bodies and not done:
            await self._destroy_keys(now)
        return limit if max(done, len(bodies)) >= most else 0

    def _age(self, tx: Transaction, now: datetime, limit: int) -> int:
        ended = tx.outbound.take_ended(now - self.end, now, limit)
        for delivery in ended:
            for recipient, _ in delivery.recipients:
                fates.refused(tx, delivery, recipient, fates.TOO_LATE, now, FateState.EXPIRED)
        out_of_time = tx.outbound.take_out_of_time(now, limit)
        for delivery in out_of_time:
            for recipient, _ in delivery.recipients:
                fates.refused(tx, delivery, recipient, fates.OUT_OF_TIME, now, FateState.EXPIRED)
        late = tx.outbound.tell_late(now - self.delay, limit)
        for delivery in late:
            fates.delayed(tx, delivery, now)
        due = tx.outbound.tell_due(now, limit)
        for delivery in due:
            fates.late(tx, delivery, now)
        return max(map(len, (ended, out_of_time, late, due)))

    async def _destroy_keys(self, now: datetime) -> None:
        """Of days of which nothing is here any more; never today's nor yesterday's, as everywhere."""
        yesterday = KeyDay((now - _EPOCH).days - 1)
        past = {day for day in await self.vault.days(OUTGOING) if day < yesterday}
        if not past:
            return
        used = await self.store.read(lambda tx: tx.outbound.days())
        if not past - used:
            return
        count = await self.vault.destroy_keys(OUTGOING, sorted(past - used))
        detail = {"keys": str(count), "reason": "outgoing mail has left"}
        entry = JournalEntry(now, fates.ACTOR, "keys_destroyed", None, detail)
        await self.store.write(lambda tx: tx.journal.record(entry), "destroy keys")
