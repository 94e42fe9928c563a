"""SQLite's writer lane: units run in the event loop's own thread, their commit in another.

A unit is a dozen statements of a few microseconds. Run in a thread, each of them gives the interpreter's
lock away and waits for it again behind whatever the loop is doing
(docs/decisions/0007-where-sqlite-units-run.md). What does wait, the sync of the log, is done in a thread,
and so is everything that may take long: a unit said to be long, and a batch that finds the file locked by
another process. Where several processes serve one file, each waits for its turn in that thread, and then runs
its units in its loop as ever (docs/decisions/0049-several-processes-on-one-file.md).
"""

import asyncio
import sqlite3
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from time import thread_time
from typing import Final

import structlog

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.change import Change
from vaguemestre.mail.mailbox import MailboxId, ModSeq
from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.store import statements
from vaguemestre.store.changes import ChangeBus
from vaguemestre.store.company import Company, Neighbouring
from vaguemestre.store.dialects.sqlite import SqliteConnection
from vaguemestre.store.lanes import Work, abandon, answer, commit_batch, run_batch, run_units
from vaguemestre.store.transaction import TableTransaction
from vaguemestre.store.turn import Turn

_log = structlog.get_logger()

OUTSIDE_EVERY: Final = 1.0  # seconds: how late a change made by another process is told
_GONE: Final = ModSeq(2**63 - 1)
_NOBODY: Final = BalId(0)
_UNKNOWN: Final = -1  # no version of a file
_LOOKED_AT: Final = 300  # mailboxes asked after without a pause, some 4 µs each

MAX_INLINE: Final = 16  # units of some 200 µs
MOST_HELD: Final = 0.004  # seconds of work in the loop, after which no other unit is begun in it


class LoopLane:
    """One writer. Made in the loop it serves.

    ``patience``: seconds after which whoever waits for a turn that does not come is told that we are busy.
    """

    def __init__(
        self,
        connection: SqliteConnection,
        transaction: TableTransaction,
        turn: Turn,
        company: Company,
        patience: float,
        bus: ChangeBus,
    ) -> None:
        self._connection = connection
        self._transaction = transaction
        self._turn = turn
        self._patience = patience
        self._bus = bus
        self._neighbouring = Neighbouring(company, bus)
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._waiting: deque[Work] = deque()
        self._busy = False
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._version = connection.version_outside()
        self._overdue = False
        self._to_look_at: list[MailboxId] = []
        self._weary = 0  # of those who wait for the turn, the first so many have for a while
        self._impatience: asyncio.TimerHandle | None = None
        self._timer = self._loop.call_later(OUTSIDE_EVERY, self._time_to_look)

    def put(self, work: Work) -> None:
        """Accept one unit: it will be run, and answered, whatever happens to its caller."""
        self._waiting.append(work)
        if not self._busy:
            self._busy = True
            self._at_rest.clear()
            self._loop.call_soon(self._next)  # what the loop has at hand now comes into the same batch

    async def close(self) -> None:
        """Finish what was accepted, then let go."""
        self._timer.cancel()
        await self._at_rest.wait()
        await asyncio.to_thread(self._thread.shutdown)
        self._neighbouring.close()
        self._connection.close()
        self._turn.close()

    def _next(self) -> None:
        if self._turn.take_at_once():
            self._our_turn()
            return
        self._weary = 0
        self._impatience = self._loop.call_later(self._patience / 2, self._grow_weary)
        self._thread.submit(self._await_turn)

    def _await_turn(self) -> None:
        """In the thread: until another process gives it."""
        self._turn.take()
        try:
            self._loop.call_soon_threadsafe(self._our_turn)
        except RuntimeError:
            self._turn.give()
            _log.warning("turn_not_used")  # the loop was closed before the store was

    def _grow_weary(self) -> None:
        """Whoever waited when this was last asked is told that we are busy; nothing was done for them."""
        late = [self._waiting.popleft() for _ in range(self._weary)]
        for work in late:
            work.error = StoreBusyError("another process has had the database for too long")
        answer(late, self._bus)
        self._weary = len(self._waiting)
        self._impatience = self._loop.call_later(self._patience / 2, self._grow_weary)

    def _our_turn(self) -> None:
        if self._impatience is not None:
            self._impatience.cancel()
            self._impatience = None
        if not self._waiting:  # all of them have gone
            self._turn.give()
            self._rest()
            return
        batch = self._next_batch()
        if batch[0].is_long or not self._connection.begin_at_once():
            self._thread.submit(self._run, batch)
            return
        done, again = self._run_together(batch)
        self._waiting.extendleft(reversed(again))
        self._thread.submit(self._commit, done)

    def _run_together(self, batch: list[Work]) -> tuple[list[Work], list[Work]]:
        """Without savepoints, for which SQLite copies every page that a unit is the first to change.

        A unit that fails before it has written anything harms nobody. One that fails after takes with it
        what its neighbours did: those who remain are run again, and behind savepoints.
        """
        connection, transaction = self._connection, self._transaction
        until = thread_time() + MOST_HELD
        for number, work in enumerate(batch):
            if number and thread_time() > until:
                return batch[:number], batch[number:]  # with those that come meanwhile, in the next turn
            before = connection.changes
            try:
                transaction.begin_unit()
                work.result = work.unit(transaction)
                work.changes = transaction.end_unit()
            except BaseException as error:
                work.error = connection.translate(error)
                if connection.changes != before or not connection.in_transaction:
                    return self._run_apart(batch)
        return batch, []

    def _run_apart(self, batch: list[Work]) -> tuple[list[Work], list[Work]]:
        abandon(self._connection)
        failed = [work for work in batch if work.error is not None]
        rest = [work for work in batch if work.error is None]
        if not rest or not self._connection.begin_at_once():
            return failed, rest
        done, again = run_units(self._connection, self._transaction, rest)
        return failed + done, again

    def _next_batch(self) -> list[Work]:
        """A long unit goes alone, so that short ones never wait in a thread for nothing."""
        batch = [self._waiting.popleft()]
        while not batch[0].is_long and self._waiting and len(batch) < MAX_INLINE:
            if self._waiting[0].is_long:
                break
            batch.append(self._waiting.popleft())
        return batch

    def _run(self, batch: list[Work]) -> None:
        """In the thread: all of it, waiting for the lock if need be."""
        try:
            done, again = run_batch(self._connection, self._transaction, batch)
        finally:
            self._turn.give()
        self._tell(done, again)

    def _commit(self, batch: list[Work]) -> None:
        """In the thread: what does wait."""
        try:
            commit_batch(self._connection, batch)
        finally:
            self._turn.give()
        self._tell(batch, [])

    def _tell(self, done: list[Work], again: list[Work]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._answer, done, again)
        except RuntimeError:
            _log.warning("answers_lost", units=len(done))  # the loop was closed before the store was

    def _answer(self, done: list[Work], again: list[Work]) -> None:
        answer(done, self._bus)
        self._waiting.extendleft(reversed(again))
        if self._overdue:
            self._look_outside()
        elif self._to_look_at:
            self._look_at_some()
        if self._waiting:
            self._next()
        else:
            self._rest()

    def _rest(self) -> None:
        self._busy = False
        self._at_rest.set()

    def _time_to_look(self) -> None:
        self._timer = self._loop.call_later(OUTSIDE_EVERY, self._time_to_look)
        if self._busy:
            self._overdue = True  # the connection is in a thread: look when it comes back
        else:
            self._look_outside()

    def _look_outside(self) -> None:
        """Others write beside us, a command or a process: tell the watchers what they have changed, if so."""
        self._overdue = False
        try:
            version = self._connection.version_outside()
        except sqlite3.Error:
            _log.warning("outside_not_seen", exc_info=True)  # the next look comes in a second
            return
        if version != self._version:
            self._version = version
            self._to_look_at = self._bus.watched()
            self._bus.tell_bals()
            self._look_at_some()

    def _look_at_some(self) -> None:
        """And at the rest when the loop has seen to others."""
        some, self._to_look_at = self._to_look_at[:_LOOKED_AT], self._to_look_at[_LOOKED_AT:]
        try:
            self._bus.hear([self._change(mailbox) for mailbox in some])
        except sqlite3.Error:
            self._version = _UNKNOWN
            _log.warning("outside_not_seen", exc_info=True)
        if self._to_look_at and not self._busy:
            self._loop.call_soon(self._go_on_looking)

    def _go_on_looking(self) -> None:
        if not self._busy:  # else the connection may be in a thread, and its answer goes on
            self._look_at_some()

    def _change(self, mailbox: MailboxId) -> Change:
        row = self._connection.one(statements.HIGHEST_MODSEQ, {"mailbox": mailbox})
        if row is None:
            return Change(_NOBODY, mailbox, _GONE)  # whoever watches it finds out
        modseq, bal = row
        return Change(bal, mailbox, modseq)
