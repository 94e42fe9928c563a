"""The other processes on a PostgreSQL database: told what changed here, and heard. architecture.md, Lanes.

LISTEN and NOTIFY, each in a thread with a connection of its own. A notification is a reason to look and no
truth: it is sent after the commit, so that no commit waits for it. Inside the transaction PostgreSQL would
keep it in the order of commits, and make lanes commit one after another. What was lost with a connection is
made good by telling everybody to look, on whichever side it broke.
"""

import asyncio
import secrets
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from queue import Empty, SimpleQueue
from selectors import EVENT_READ, DefaultSelector
from typing import Final

import psycopg
import structlog

from vaguemestre.mail.change import Change
from vaguemestre.store.changes import ChangeBus
from vaguemestre.store.signals import spoken, understood

_log = structlog.get_logger()

CHANNEL: Final = "vaguemestre_changes"
_AT_ONCE: Final = 120  # changes of three numbers of 64 bits: PostgreSQL takes less than 8,000 octets
_AGAIN_AFTER: Final = 1.0  # seconds: how late a change is told when a connection broke
_LISTEN: Final = b"LISTEN vaguemestre_changes"


class Neighbours:
    """Made in the loop that it serves; at work until ``close``.

    A change is said as ``bal.mailbox.modseq``; saying nothing means that everybody may look everywhere.
    """

    def __init__(self, url: str, bus: ChangeBus) -> None:
        self._url = url
        self._bus = bus
        self._loop = asyncio.get_running_loop()
        self._name = secrets.token_hex(8)  # by which what was said here is known when it comes back
        self._unsaid: SimpleQueue[Sequence[Change] | None] = SimpleQueue()
        self._leaving = threading.Event()
        self._bell, self._ringer = socket.socketpair()
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (("speaker", self._speak), ("listener", self._listen))
        ]
        bus.tell_others(self._unsaid.put)
        for thread in self._threads:
            thread.start()

    async def close(self) -> None:
        """Say what there is to say, then go."""
        self._leaving.set()
        self._unsaid.put(None)
        self._ringer.send(b"x")
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        self._bell.close()
        self._ringer.close()

    def _connect(self) -> "psycopg.Connection[tuple[str]]":
        return psycopg.connect(
            self._url,
            autocommit=True,
            connect_timeout=5,
            application_name="vaguemestre",
            keepalives_idle=30,  # a listener says nothing: without, a server that went away is not missed
            keepalives_interval=10,
            keepalives_count=3,
        )

    def _speak(self) -> None:
        connection: psycopg.Connection[tuple[str]] | None = None
        said = True
        while (changes := self._next(said)) is not None:
            try:
                if connection is None:
                    connection = self._connect()
                    connection.execute("SET synchronous_commit = off")  # there is nothing to be made durable
                for words in spoken(changes, _AT_ONCE) if said else [""]:
                    connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, f"{self._name} {words}"))
                said = True
            except psycopg.Error as error:
                if said:
                    _log.warning("neighbours_not_told", reason=str(error))
                said = False
                if connection is not None:
                    connection.close()
                connection = None
        if connection is not None:
            connection.close()

    def _next(self, said: bool) -> list[Change] | None:
        """All that there is to say, nothing when something must be said again; None at the end."""
        try:
            first = self._unsaid.get(timeout=None if said else _AGAIN_AFTER)
        except Empty:
            return []
        if first is None:
            return None
        changes = list(first)
        while not self._unsaid.empty():
            more = self._unsaid.get()
            if more is None:
                self._unsaid.put(None)  # say this, then go
                break
            changes += more
        return changes

    def _listen(self) -> None:
        heard = True
        while not self._leaving.is_set():
            try:
                with self._connect() as connection, DefaultSelector() as selector:
                    connection.execute(_LISTEN)
                    heard = True
                    self._in_loop(self._bus.look_everywhere)  # what was said before was not heard
                    selector.register(self._bell, EVENT_READ)
                    selector.register(connection.fileno(), EVENT_READ)
                    while not self._leaving.is_set():
                        selector.select()
                        self._hear([notify.payload for notify in connection.notifies(timeout=0)])
            except psycopg.Error as error:
                if heard:
                    _log.warning("neighbours_not_heard", reason=str(error))
                heard = False
                self._leaving.wait(_AGAIN_AFTER)

    def _hear(self, payloads: Iterable[str]) -> None:
        changes: list[Change] = []
        for payload in payloads:
            name, _, words = payload.partition(" ")
            if name == self._name:
                continue
            try:
                changes += understood(words)
            except ValueError:  # nothing, or what another release says
                self._in_loop(self._bus.look_everywhere)
        if changes:
            self._in_loop(lambda: self._bus.hear(changes))

    def _in_loop(self, work: Callable[[], None]) -> None:
        try:
            self._loop.call_soon_threadsafe(work)
        except RuntimeError:
            _log.warning("neighbours_not_heard", loop="closed")  # before the store was
