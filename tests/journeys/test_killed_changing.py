"""Killed while clients change mailboxes: what was acknowledged is there, and no number goes back.

RFC 9051 §2.3.1.1 for UIDs, RFC 7162 §3.2.5 for what a client that comes back is told. Each connection works
on a mailbox of its own, so that a plain dictionary says what must be in it, but for the one command that had
no answer when the blow fell.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from tests.support.imap_door import Client
from tests.support.journey import PASSWORD, PATIENCE, House, Server, a_server, pair

DOCTOR = pair(0).doctor
CONNECTIONS = 4
ROUNDS = 2
ENOUGH = 60  # commands acknowledged before the blow falls
LETTER = b"Subject: x\r\n\r\nx\r\n"
FLAGS = ("\\Seen", "\\Flagged", "$Label1")

State: TypeAlias = dict[int, frozenset[str]]  # by uid

_FETCHED = re.compile(rb"\* \d+ FETCH \(UID (\d+) FLAGS \(([^)]*)\) MODSEQ \((\d+)\)\)\r\n")
_VANISHED = re.compile(rb"\* VANISHED \(EARLIER\) ([0-9:,]+)\r\n")


class CutError(Exception):
    """The connection ended before the answer was whole."""


@asynccontextmanager
async def resynchronising(server: Server) -> AsyncIterator[Client]:
    """A client that signed in and enabled QRESYNC."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.ports["imaps"], ssl=server.tls(), server_hostname="localhost"
    )
    client = Client(reader, writer)
    try:
        await client.line()
        assert b" OK " in (await client.ask(f'LOGIN {DOCTOR} "{PASSWORD}"'))[-1]
        assert b" OK " in (await client.ask("ENABLE QRESYNC"))[-1]
        yield client
    finally:
        writer.transport.abort()


async def acknowledged(client: Client, command: str | bytes) -> list[bytes]:
    """The lines of an answer that is OK and whole; CutError when there is none."""
    try:
        lines = await client.ask(command)
    except (AssertionError, ConnectionError) as error:
        raise CutError from error
    if not lines[-1].endswith(b"\r\n"):
        raise CutError
    assert b" OK " in lines[-1], lines
    return lines


def number(name: bytes, lines: list[bytes]) -> int:
    """What a response code tells."""
    return int(re.findall(rb"\[%b (\d+)" % name, b"".join(lines))[0])


@dataclass
class Keeper:
    """One mailbox: what was acknowledged of it, what may be besides, and what a client of yesterday knew."""

    name: str
    chance: Random
    state: State = field(default_factory=dict)
    modseqs: dict[int, int] = field(default_factory=dict)
    maybe: State | None = None
    uid_next: int = 1
    validity: int = 0
    highest: int = 1
    cache: State = field(default_factory=dict)
    cached_at: int = 1
    is_marked: int = 0

    async def change(self, client: Client) -> None:
        """One command, noted when it is acknowledged; CutError when it is not."""
        if self.is_marked:
            uid, self.is_marked = self.is_marked, 0
            self.maybe = {known: flags for known, flags in self.state.items() if known != uid}
            lines = await acknowledged(client, f"UID EXPUNGE {uid}")
            self.highest = max(self.highest, number(b"HIGHESTMODSEQ", lines))
        elif not self.state or self.chance.random() < 0.5:
            self.maybe = self.state | {self.uid_next: frozenset()}
            literal = b"APPEND %b {%d+}\r\n" % (self.name.encode(), len(LETTER))
            lines = await acknowledged(client, literal + LETTER)
            assert b"[APPENDUID %d %d]" % (self.validity, self.uid_next) in lines[-1]
            self.uid_next += 1
        else:
            uid = self.chance.choice(sorted(self.state))
            flag = self.chance.choice((*FLAGS, "\\Deleted"))
            self.is_marked = uid if flag == "\\Deleted" else 0
            self.maybe = self.state | {uid: self.state[uid] | {flag}}
            self._note(await acknowledged(client, f"UID STORE {uid} +FLAGS ({flag})"))
        self.state, self.maybe = self.maybe, None

    def _note(self, lines: list[bytes]) -> None:
        for line in lines:
            if found := _FETCHED.fullmatch(line):
                self.modseqs[int(found[1])] = int(found[3])
                self.highest = max(self.highest, int(found[3]))

    async def come_back(self, client: Client) -> None:
        """As a client with yesterday's cache; then everything anew, which must say the same."""
        parameter = f" (QRESYNC ({self.validity} {self.cached_at}))" if self.validity else ""
        lines = await acknowledged(client, f"SELECT {self.name}{parameter}")
        validity = number(b"UIDVALIDITY", lines)
        assert self.validity in {0, validity}
        self.validity = validity
        assert number(b"UIDNEXT", lines) >= self.uid_next
        assert number(b"HIGHESTMODSEQ", lines) >= self.highest
        self.uid_next, self.highest = number(b"UIDNEXT", lines), number(b"HIGHESTMODSEQ", lines)
        now = _resynchronised(self.cache, lines)
        assert now in (self.state, self.maybe)
        everything = await acknowledged(client, "UID FETCH 1:* (FLAGS MODSEQ)")
        assert _resynchronised({}, everything) == now
        found = {int(m[1]): int(m[3]) for line in everything if (m := _FETCHED.fullmatch(line))}
        assert all(found[uid] >= modseq for uid, modseq in self.modseqs.items() if uid in found)
        assert max(found.values(), default=0) <= self.highest
        self.state, self.maybe, self.modseqs = now, None, found
        self.cache, self.cached_at = dict(now), self.highest
        self.is_marked = next((uid for uid, flags in now.items() if "\\Deleted" in flags), 0)


def _resynchronised(cache: Mapping[int, frozenset[str]], lines: list[bytes]) -> State:
    state = dict(cache)
    for line in lines:
        if found := _VANISHED.fullmatch(line):
            for piece in found[1].split(b","):
                first, _, last = piece.partition(b":")
                for uid in range(int(first), int(last or first) + 1):
                    state.pop(uid, None)
        elif fetched := _FETCHED.fullmatch(line):
            state[int(fetched[1])] = frozenset(fetched[2].decode().split())
    return state


async def keep_changing(
    server: Server, keeper: Keeper, together: asyncio.Barrier, done: "asyncio.Queue[None]"
) -> None:
    """Come back, then change, when all have come back, until the server is killed."""
    async with resynchronising(server) as client:
        await keeper.come_back(client)
        await together.wait()
        try:
            while True:
                await keeper.change(client)
                done.put_nowait(None)
        except CutError:
            assert server.process.poll() is not None, "cut by a server that lives"


async def changed_and_killed(server: Server, keepers: list[Keeper]) -> None:
    done: asyncio.Queue[None] = asyncio.Queue()
    together = asyncio.Barrier(len(keepers))
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        for keeper in keepers:
            tasks.create_task(keep_changing(server, keeper, together, done))
        for _ in range(ENOUGH):
            await done.get()
        server.kill()


async def test_what_was_acknowledged_survives_and_no_number_goes_back(house: House) -> None:
    keepers = [Keeper(f"Box{place}", Random(place)) for place in range(CONNECTIONS)]  # noqa: S311 (a test)
    with a_server(house) as server:
        async with resynchronising(server) as client:
            for keeper in keepers:
                await acknowledged(client, f"CREATE {keeper.name}")
        await changed_and_killed(server, keepers)
    for _ in range(ROUNDS - 1):
        with a_server(house) as server:
            await changed_and_killed(server, keepers)
    with a_server(house) as server:
        for keeper in keepers:
            async with resynchronising(server) as client:
                await keeper.come_back(client)
        assert await asyncio.to_thread(server.stop) == 0
        assert "Traceback" not in server.log
    with a_server(house) as server:  # an orderly stop loses nothing either
        for keeper in keepers:
            before = (keeper.state, keeper.uid_next, keeper.highest, keeper.validity)
            async with resynchronising(server) as client:
                await keeper.come_back(client)
            assert (keeper.state, keeper.uid_next, keeper.highest, keeper.validity) == before
