"""A database as ``service.ports.store.Store``: readers, writer lanes, and the signals of changes."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import local
from time import perf_counter
from typing import Final, Protocol, TypeVar, cast

from vaguemestre.service.health.figures import Spread
from vaguemestre.service.ports.store import StoreBusyError, Transaction
from vaguemestre.store.changes import ChangeBus
from vaguemestre.store.dialects.connection import ConflictError, Connection
from vaguemestre.store.lanes import Begin, Work
from vaguemestre.store.transaction import TableTransaction

T = TypeVar("T")


class Reader(Protocol):
    """Runs units that write nothing."""

    async def read(self, unit: Callable[[Transaction], T]) -> T:
        """One snapshot a unit. Raises StoreBusyError."""
        ...

    async def close(self) -> None: ...  # noqa: D102


def _read(connection: Connection, transaction: TableTransaction, unit: Callable[[Transaction], T]) -> T:
    try:
        try:
            connection.begin()
            transaction.begin_unit()
            return unit(transaction)
        finally:
            connection.rollback()  # there is nothing to keep; a lost connection is forgotten
    except Exception as error:
        translated = connection.translate(error)
        if translated is error:
            raise
        if isinstance(translated, ConflictError):
            translated = StoreBusyError(str(translated))
        raise translated from error


class InlineReader:
    """Reads in the event loop's own thread: for SQLite, where a read takes 3 µs and a hop 100."""

    def __init__(self, connection: Connection, transaction: TableTransaction):
        self._connection = connection
        self._transaction = transaction

    async def read(self, unit: Callable[[Transaction], T]) -> T:
        """Without ever leaving this thread."""
        return _read(self._connection, self._transaction, unit)

    async def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class PoolReader:
    """Reads in a few threads, each with its own connection: for a database across a socket."""

    def __init__(self, connect: Callable[[], Connection], begin: Begin, threads: int):
        self._connect = connect
        self._begin = begin
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="reader")
        self._here = local()
        self._connections: list[Connection] = []

    async def read(self, unit: Callable[[Transaction], T]) -> T:
        """In whichever thread is free."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._read, unit)

    def _read(self, unit: Callable[[Transaction], T]) -> T:
        transaction: TableTransaction | None = getattr(self._here, "transaction", None)
        if transaction is None:
            connection = self._connect()
            transaction = self._begin(connection)
            self._here.connection, self._here.transaction = connection, transaction
            self._connections.append(connection)
        return _read(self._here.connection, transaction, unit)

    async def close(self) -> None:
        """Finish what was asked, then close the connections."""
        await asyncio.to_thread(self._pool.shutdown)
        for connection in self._connections:
            connection.close()


class Writer(Protocol):
    """Runs units that write, and answers them after the durable commit."""

    def put(self, work: Work) -> None:
        """Accept one unit: it will be run, and answered, whatever happens to its caller."""
        ...

    async def close(self) -> None:
        """Finish what was accepted, then let go."""
        ...


class SqlStore:
    """``service.ports.store.Store`` over either database. Made by ``store.open``, in a running loop."""

    def __init__(self, reader: Reader, make_writer: Callable[[ChangeBus], Writer], writes: Spread):
        """``make_writer`` is given the bus on which changes are told; ``writes`` takes how long each took."""
        self._writes = writes
        self.changes: Final = ChangeBus()
        self._reader = reader
        self._loop = asyncio.get_running_loop()
        self._writer = make_writer(self.changes)
        self._closed = False

    async def read(self, unit: Callable[[Transaction], T]) -> T:
        """Run a unit that writes nothing. Raises StoreBusyError."""
        if self._closed:
            raise StoreBusyError("the store is closed")
        return await self._reader.read(unit)

    async def write(self, unit: Callable[[Transaction], T], reason: str, *, is_long: bool = False) -> T:
        """Run a unit in a writer lane; return after the durable commit. Raises StoreBusyError."""
        if self._closed:
            raise StoreBusyError("the store is closed")
        future: asyncio.Future[object] = self._loop.create_future()
        began = perf_counter()
        self._writer.put(Work(unit, reason, future, is_long=is_long))
        result = cast(T, await future)
        if not is_long:  # a thousand rows that expire say nothing of how the disk is
            self._writes.took(perf_counter() - began)
        return result

    async def close(self) -> None:
        """Finish what was accepted, then let go. May be called twice."""
        if self._closed:
            return
        self._closed = True
        await self._writer.close()
        await self._reader.close()
