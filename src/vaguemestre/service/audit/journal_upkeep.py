"""What the journal forgets: traces after a year, and who was erased, a year after. domain.md §3.

Traces are lines of messages and sign-ins; they are taken out whole. Every other line stays, but of somebody
who was erased on request nothing stays that names him: who did it, to which bal and the details are taken
away, and the salt of the seal with them. The two lines of the erasure itself remain: its certificate stands
on them.

Whatever is done so has its line, in the same transaction (``audit_vouchers``): without it, it is a finding.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from vaguemestre.service.audit.accepted_lines import ACCEPTED
from vaguemestre.service.audit.chaining import ACTOR
from vaguemestre.service.audit.vouchers import FORGOTTEN, REDACTED, said_emptied, said_spans
from vaguemestre.service.audit.walk import moment_of
from vaguemestre.service.ports.audit import KeptLine
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.sign_in.journal import FAILED, SIGNED_IN
from vaguemestre.service.telling.tracing import KEPT_FOR

TRACES: Final = (ACCEPTED, "refused", SIGNED_IN, FAILED)
ERASED: Final = "erased"
OF_ERASURES: Final = ("erasure_begun", ERASED)
_AT_ONCE: Final = 100  # lines in one unit: a line that vouches for them has 8 KB at most
_LOOKED_AT: Final = 5_000  # lines by number: a millisecond
_MOST_ERASURES: Final = 100_000


class JournalUpkeep:
    """Works on lines that are chained, and on no others."""

    def __init__(self, store: Store, clock: Clock, kept_for: timedelta = KEPT_FOR) -> None:
        self._store = store
        self._clock = clock
        self._kept_for = kept_for

    async def run_once(self, limit: int) -> int:
        """Forget at most ``limit`` traces, then whoever is due; how many lines, for the worker."""
        before, done = self._clock.now() - self._kept_for, 0
        while done < limit:
            count = await self._store.write(lambda tx: self._forget(tx, before), "forget lines", is_long=True)
            done += count
            if not count:
                return done + await self._redact(before)
            await asyncio.sleep(0)
        return done

    def _forget(self, tx: Transaction, before: datetime) -> int:
        if not tx.chain.alone():
            return 0
        oldest = (line for event in TRACES for line in tx.chain.saying(event, 0, _AT_ONCE))
        due = sorted((line.seq or 0, line) for line in oldest if moment_of(line.at) < before)[:_AT_ONCE]
        lines = [line for _, line in due]
        if lines:
            self._record(tx, FORGOTTEN, {"lines": str(len(lines)), "spans": said_spans(lines)})
            tx.chain.take_out([line.id for line in lines])
        return len(lines)

    async def _redact(self, before: datetime) -> int:
        """Of those erased long enough ago, one after the other."""
        for erasure, bal in await self._store.read(lambda tx: _due(tx, before)):
            count = 0
            while lines := await self._store.write(
                lambda tx: self._empty(tx, tx.chain.about(bal, OF_ERASURES, _AT_ONCE)),  # noqa: B023 (run before the loop goes on)
                "redact",
                is_long=True,
            ):
                count += lines
            count += await self._redact_acts(f"bal:{bal}")
            await self._store.write(lambda tx: self._record(tx, REDACTED, {"erasure": erasure}), "redacted")  # noqa: B023 (the same)
            return count
        return 0

    async def _redact_acts(self, actor: str) -> int:
        """What he did in other bals: found by looking at every line, some at a time."""
        count = after = 0
        last = await self._store.read(lambda tx: tx.chain.last_id())
        while after < last:
            first = after + 1
            after += _LOOKED_AT
            lines = await self._store.read(lambda tx: tx.chain.by_actor(actor, first, after))  # noqa: B023 (run before the loop goes on)
            for at in range(0, len(lines), _AT_ONCE):
                some = lines[at : at + _AT_ONCE]
                count += await self._store.write(lambda tx: self._empty(tx, some), "redact", is_long=True)  # noqa: B023 (the same)
            await asyncio.sleep(0)
        return count

    def _empty(self, tx: Transaction, lines: Sequence[KeptLine]) -> int:
        if lines:
            places = sorted(line.seq for line in lines if line.seq is not None)
            self._record(tx, REDACTED, {"emptied": said_emptied(places)})
            tx.chain.empty([line.id for line in lines])
        return len(lines)

    def _record(self, tx: Transaction, event: str, detail: dict[str, str]) -> None:
        tx.journal.record(JournalEntry(self._clock.now(), ACTOR, event, None, detail))


def _due(tx: Transaction, before: datetime) -> list[tuple[str, int]]:
    """The erasures, with their bals, that are over for long enough and were not redacted yet."""
    erased = tx.journal.entries(event=ERASED, limit=_MOST_ERASURES)
    old = [
        (entry.detail["erasure"], int(entry.bal))
        for entry in erased
        if entry.bal is not None and entry.at < before and "erasure" in entry.detail
    ]
    if not old:
        return []
    redacted = tx.journal.entries(event=REDACTED, limit=_MOST_ERASURES)
    done = {entry.detail.get("erasure") for entry in redacted}
    return [(erasure, bal) for erasure, bal in old if erasure not in done]
