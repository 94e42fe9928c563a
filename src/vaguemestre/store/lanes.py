"""Writer lanes: many units of work, one durable commit. architecture.md, Lanes.

A lane is a thread with its own connection. It takes every unit that is waiting, runs each behind a
savepoint, commits once, and answers them all with one call into the event loop. There is no timer: the
batch is whatever arrived during the last commit. A unit alone in its batch needs no savepoint.

What would surprise: SQLite may roll back the whole transaction by itself when the disk is full; then
the units before in the batch are answered StoreBusyError too. And a unit whose caller was cancelled is
run all the same: it was accepted.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Final, Protocol

import structlog

from vaguemestre.mail.change import Change
from vaguemestre.service.ports.store import CommitUnknownError, StoreBusyError, Transaction
from vaguemestre.store.changes import ChangeBus
from vaguemestre.store.dialects.connection import ConflictError, Connection
from vaguemestre.store.transaction import TableTransaction

_log = structlog.get_logger()

MAX_BATCH: Final = 256  # at 100 µs a unit the first of a batch waits 25 ms for the last, no more
MAX_ATTEMPTS: Final = 10  # of a unit that other lanes stand in the way of


@dataclass(slots=True, eq=False)
class Work:
    """One unit accepted, and its caller waiting. Filled in by the lane, answered in the event loop."""

    unit: Callable[[Transaction], object]
    reason: str
    future: asyncio.Future[object]
    result: object = None
    error: BaseException | None = None
    changes: list[Change] = field(default_factory=list)
    attempts: int = 0
    is_long: bool = False

    def answer(self) -> None:
        """Tell the caller, unless it is gone."""
        if self.future.done():
            return  # cancelled while it waited
        if self.error is None:
            self.future.set_result(self.result)
        elif isinstance(self.error, StopIteration):
            # A future refuses it, which would leave the neighbours without an answer.
            self.future.set_exception(RuntimeError("a unit raised StopIteration"))
        else:
            self.future.set_exception(self.error)


Begin = Callable[[Connection], TableTransaction]
"""The tables over a connection that was just made."""


class Lane:
    """One writer thread. Several may share a queue when the database takes several writers."""

    def __init__(
        self,
        name: str,
        connect: Callable[[], Connection],
        queue: "SimpleQueue[Work | None]",
        share: int,
        loop: asyncio.AbstractEventLoop,
        bus: ChangeBus,
        begin: Begin,
    ):
        """``share``: how many lanes take from the queue; each leaves the others their part."""
        self._connect = connect
        self._queue = queue
        self._share = share
        self._loop = loop
        self._bus = bus
        self._begin = begin
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)

    def start(self) -> None:
        """From now on it takes work."""
        self._thread.start()

    def join(self) -> None:
        """Wait for its end; blocking. It ends at the first None it takes."""
        self._thread.join()

    def _live(self) -> None:
        connection = self._connect()
        transaction = self._begin(connection)
        last = False
        while not last:
            first = self._queue.get()
            if first is None:
                break
            batch = [first]
            for _ in range(min(MAX_BATCH, -(-self._queue.qsize() // self._share))):
                try:
                    work = self._queue.get_nowait()
                except Empty:
                    break
                if work is None:
                    last = True  # finish what was taken, then go
                    break
                batch.append(work)
            while batch:
                try:
                    answered, batch = run_batch(connection, transaction, batch)
                except BaseException as error:
                    # A defect of the lane itself; without an answer every caller would wait for ever.
                    _log.exception("lane_failed", units=len(batch))
                    _fail(batch, error)
                    abandon(connection)
                    answered, batch = batch, []
                self._tell(answered)
        connection.close()

    def _tell(self, batch: Sequence[Work]) -> None:
        try:
            self._loop.call_soon_threadsafe(answer, batch, self._bus)
        except RuntimeError:
            _log.warning("answers_lost", units=len(batch))  # the loop was closed before the store was


class Neighbourhood(Protocol):
    """Tells other processes of changes, and hears of theirs."""

    async def close(self) -> None: ...  # noqa: D102


class ThreadLanes:
    """Writer threads that share a queue: for a database across a socket, which takes several writers."""

    def __init__(
        self,
        connect: Sequence[Callable[[], Connection]],
        join: Callable[[ChangeBus], Neighbourhood],
        begin: Begin,
        bus: ChangeBus,
    ):
        """One lane for each connection. Made in the loop it serves; ``join`` what tells other processes."""
        self._neighbourhood = join(bus)
        self._queue: SimpleQueue[Work | None] = SimpleQueue()
        loop, count = asyncio.get_running_loop(), len(connect)
        self._lanes = [
            Lane(f"writer-{number}", one, self._queue, count, loop, bus, begin)
            for number, one in enumerate(connect)
        ]
        for lane in self._lanes:
            lane.start()

    def put(self, work: Work) -> None:
        """Accept one unit: it will be run, and answered, whatever happens to its caller."""
        self._queue.put(work)

    async def close(self) -> None:
        """Finish what was accepted, then let go."""
        for _ in self._lanes:
            self._queue.put(None)
        for lane in self._lanes:
            await asyncio.to_thread(lane.join)
        await self._neighbourhood.close()


def answer(batch: Sequence[Work], bus: ChangeBus) -> None:
    """In the loop: answer the callers, then tell of the changes."""
    changes: list[Change] = []
    for work in batch:
        work.answer()
        if work.error is None:
            changes += work.changes
    if changes:
        bus.publish(changes)


def run_batch(
    connection: Connection, transaction: TableTransaction, batch: list[Work]
) -> tuple[list[Work], list[Work]]:
    """One transaction: (what can be answered now, what has to be run again in another).

    Never raises: whatever goes wrong is somebody's answer.
    """
    if batch[0].attempts and len(batch) > 1:
        # Tried again alone: it may wait longer now, and must not hold the locks of others meanwhile.
        answered, again = run_batch(connection, transaction, batch[:1])
        return answered, again + batch[1:]
    try:
        connection.begin(batch[0].attempts)
    except BaseException as error:
        _fail(batch, _as_busy(connection.translate(error)))
        abandon(connection)
        return batch, []
    answered, again = run_units(connection, transaction, batch)
    commit_batch(connection, answered)
    return answered, again


def run_units(
    connection: Connection, transaction: TableTransaction, batch: list[Work]
) -> tuple[list[Work], list[Work]]:
    """The units of a batch in the transaction that is open: (to be committed or failed, to be run again).

    Never raises. What has an error already is not committed.
    """
    nested = len(batch) > 1
    for place, work in enumerate(batch):
        try:
            if nested:
                connection.savepoint()
            transaction.begin_unit()
            work.result = work.unit(transaction)
            work.changes = transaction.end_unit()
        except BaseException as error:
            work.error = connection.translate(error)
            if not nested:
                abandon(connection)
                return _again_or_answer(work, [])
            if not _undo_unit(connection):
                # Everything before in this transaction is gone with it.
                _fail([earlier for earlier in batch[:place] if earlier.error is None], _as_busy(work.error))
                answered, again = _again_or_answer(work, batch[place + 1 :])
                return batch[:place] + answered, again
            if isinstance(work.error, ConflictError):
                # Let go of every lock before trying again: the other lane may be waiting for one of them.
                answered, again = _again_or_answer(work, batch[place + 1 :])
                return batch[:place] + answered, again
    return batch, []


def commit_batch(connection: Connection, batch: Sequence[Work]) -> None:
    """Make what was done durable; what was not, is somebody's answer. Never raises."""
    done = [work for work in batch if work.error is None]
    if not done:
        abandon(connection)
        return
    try:
        connection.commit()
    except BaseException as error:
        translated = _as_busy(connection.translate(error))
        if isinstance(translated, StoreBusyError):
            translated = CommitUnknownError(str(translated))
        _log.warning("commit_failed", units=len(done), reasons=sorted({work.reason for work in done}))
        _fail(done, translated)
        abandon(connection)


def _again_or_answer(work: Work, rest: list[Work]) -> tuple[list[Work], list[Work]]:
    if not isinstance(work.error, ConflictError):
        return [work], rest
    work.attempts += 1
    if work.attempts >= MAX_ATTEMPTS:
        work.error = StoreBusyError("other writers stood in the way")
        return [work], rest
    work.error = None
    return [], [work, *rest]


def _undo_unit(connection: Connection) -> bool:
    try:
        if connection.in_transaction:
            connection.rollback_to_savepoint()
            return True
    except Exception:
        _log.warning("savepoint_lost", exc_info=True)
    abandon(connection)
    return False


def abandon(connection: Connection) -> None:
    """Undo everything that the open transaction did. Never raises."""
    try:
        connection.rollback()
    except Exception:
        _log.warning("rollback_failed", exc_info=True)


def _fail(batch: Sequence[Work], error: BaseException) -> None:
    for work in batch:
        # Each its own: an exception raised in several tasks would gather the tracebacks of all.
        work.error = StoreBusyError(*error.args) if isinstance(error, StoreBusyError) else error


def _as_busy(error: BaseException) -> BaseException:
    """A conflict that is not one unit's own is a busy database."""
    return StoreBusyError(str(error)) if isinstance(error, ConflictError) else error
