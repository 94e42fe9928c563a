"""Counts what took place into sums of a month, a step behind, once and for good. domain.md §8.

The journal is counted by the places of its chain, traces by their numbers, and the cursor moves in the
transaction that adds: a process that is killed between two steps neither loses nor repeats anything, and two
that count at the same time get in nobody's way. Sums outlast what they were made of: journal and traces are
forgotten after a year (domain.md §3), a month stays countable.

What would surprise: whether a message was opened is decided once, ``opened_within`` after it was accepted; so
the rate of a month is whole that long after its end. A day's look at all mailboxes is begun anew when the
process ends in the middle of it.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta, tzinfo
from typing import Final

from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.statistics import Cell, Cursor
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.statistics.folding import bals_in, fold_lines, fold_standing, fold_told, with_totals
from vaguemestre.service.telling.tracing import KEPT_FOR

AT_ONCE: Final = 200  # lines, messages or mailboxes in one unit of work
OPENED_WITHIN: Final = timedelta(days=30)


def _nothing(_done: int, _total: int) -> None:
    """Nobody looks on."""


class MonthlyCount:
    """``zone``: where months begin and end."""

    def __init__(
        self, store: Store, clock: Clock, zone: tzinfo, opened_within: timedelta = OPENED_WITHIN
    ) -> None:
        self._store = store
        self._clock = clock
        self._zone = zone
        self._opened_within = opened_within
        self._stood_on: date | None = None

    async def run_once(self, limit: int) -> int:
        """Count at most ``limit`` lines and traces; how many. Once a day the mailboxes too."""
        done = 0
        while done < limit:
            count = await self._store.write(
                lambda tx: self._step(tx, min(AT_ONCE, limit - done)),  # noqa: B023 (run before the loop goes on)
                "count statistics",
                is_long=True,
            )
            if not count:
                await self._note_standing()
                break
            done += count
            await asyncio.sleep(0)  # the sessions have their turn
        return done

    async def again(self, look: Callable[[int, int], None] = _nothing) -> str:
        """Count anew from the first month of which everything is still kept; which month that is.

        ``look`` is told how many places are done, and of how many.
        """
        since = self._since()
        await self._store.write(lambda tx: tx.statistics.begin(since), "begin statistics")
        await self.catch_up(look)
        self._stood_on = None
        await self._note_standing()
        return since

    async def catch_up(self, look: Callable[[int, int], None] = _nothing) -> None:
        """Count all that can be counted now."""
        total = await self._store.read(self._ends_together)
        done = AT_ONCE
        while done:
            done = await self.run_once(AT_ONCE)
            look(await self._store.read(_reached), total)

    def _ends_together(self, tx: Transaction) -> int:
        before = self._clock.now() - self._opened_within
        return tx.statistics.last_line() + tx.statistics.last_trace(before)

    def _step(self, tx: Transaction, limit: int) -> int:
        cursor = tx.statistics.cursor()
        if cursor is None:
            tx.statistics.begin(self._since())
            cursor = tx.statistics.cursor()
            assert cursor is not None  # noqa: S101 (begun in this transaction)
        reached = min(tx.statistics.last_line(), cursor.journal + limit)
        if reached > cursor.journal:
            sums = self._of_lines(tx, cursor, reached)
            return self._add(tx, cursor, cursor._replace(journal=reached), sums, reached - cursor.journal)
        last = tx.statistics.last_trace(self._clock.now() - self._opened_within)
        reached = min(last, cursor.traces + limit)
        if reached > cursor.traces:
            told = tx.statistics.told(cursor.traces, reached)
            sums = fold_told(told, self._zone, cursor.since, self._opened_within)
            return self._add(tx, cursor, cursor._replace(traces=reached), sums, reached - cursor.traces)
        return 0

    def _of_lines(self, tx: Transaction, cursor: Cursor, reached: int) -> Counter[Cell]:
        lines = tx.statistics.lines(cursor.journal, reached)
        sides = tx.statistics.sides(bals_in(lines))
        return fold_lines(lines, sides, tx.statistics.side_of, self._zone, cursor.since)

    def _add(self, tx: Transaction, before: Cursor, after: Cursor, sums: Counter[Cell], count: int) -> int:
        if tx.statistics.counted(before, after):
            tx.statistics.add(with_totals(sums))
        return count

    def _since(self) -> str:
        """The first month that is kept whole, by a day's margin for what is just being forgotten."""
        first = (self._clock.now() - KEPT_FOR + timedelta(days=1)).astimezone(self._zone)
        if first.day > 1:
            first = first.replace(day=1) + timedelta(days=32)
        return first.strftime("%Y-%m")

    async def _note_standing(self) -> None:
        today = self._clock.now().astimezone(self._zone).date()
        if today == self._stood_on:
            return
        month, sums, after = today.strftime("%Y-%m"), Counter[Cell](), 0
        while found := await self._store.read(lambda tx: tx.statistics.standing(after, AT_ONCE)):  # noqa: B023 (the same)
            sums += fold_standing(found, month)
            after = found[-1].id
            await asyncio.sleep(0)
        await self._store.write(
            lambda tx: tx.statistics.set_levels(month, with_totals(sums)), "note mailboxes"
        )
        self._stood_on = today


def _reached(tx: Transaction) -> int:
    cursor = tx.statistics.cursor()
    return 0 if cursor is None else cursor.journal + cursor.traces
