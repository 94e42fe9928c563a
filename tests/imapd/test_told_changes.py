"""What one session does the others are told, at the moments RFC 9051 §7.5.1 allows and at no other.

Clients of plain IMAP4rev1, who know messages by number, work on one mailbox as hypothesis tells them to; a
plain dictionary is the mailbox as it must be. Each keeps what it was told, as a list: that list may only
shrink where EXPUNGE is allowed, what stands at a number must be what the server says stands there, and who
asks with NOOP, or waits in IDLE, ends up with the mailbox as it is. One of them may have given NOTIFY, for
SELECTED-DELAYED (RFC 5465 §6.1.2): then nothing else may be so. Nothing here goes by the clock: who idles
is read until he knows.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.support.builders import DOCTOR
from tests.support.imap_door import Client, an_open_door

CLIENTS = 3
FLAGS = ("\\Seen", "\\Flagged", "\\Deleted", "k1")
MAY_SHRINK = frozenset({"NOOP", "CHECK", "EXPUNGE", "UID", "APPEND", "MOVE", "COPY", "STATUS", "IDLE"})
"""Commands during which EXPUNGE may be told: all but FETCH, STORE and SEARCH. RFC 9051 §7.5.1."""

WORDS = [
    *("append", "append", "store", "store", "silent", "expunge", "expunge", "uid-expunge", "move"),
    *("noop", "fetch", "read", "search", "pipeline", "idle", "idle"),
]
Step = tuple[str, int, int, frozenset[str]]
steps = st.lists(
    st.tuples(
        st.sampled_from(WORDS),
        st.integers(0, CLIENTS - 1),
        st.integers(0, 99),
        st.frozensets(st.sampled_from(FLAGS), min_size=1),
    ),
    max_size=40,
)


def a_letter(number: int) -> str:
    """Each has a text of its own, so that it is known when it is read."""
    return f"Subject: x\r\n\r\n{number}.\r\n"


@dataclass
class Told:
    """One message as a client knows it; None for what it was never told."""

    uid: int | None = None
    flags: frozenset[str] | None = None


@dataclass
class Model:
    """The mailbox as it must be; ``texts`` of all the messages there ever were."""

    messages: dict[int, frozenset[str]] = field(default_factory=dict)
    texts: dict[int, bytes] = field(default_factory=dict)

    def append(self) -> None:
        uid = len(self.texts) + 1
        self.messages[uid], self.texts[uid] = frozenset(), b"%d." % uid

    def add(self, uid: int, flags: frozenset[str]) -> None:
        if uid in self.messages:
            self.messages[uid] |= flags

    def expunge(self, among: set[int] | None = None) -> None:
        for uid, flags in list(self.messages.items()):
            if "\\Deleted" in flags and (among is None or uid in among):
                del self.messages[uid]


class Reader:
    """A client of IMAP4rev1, and what it was told."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.known: list[Told] = []
        self.idling = False
        self._tags = 0

    async def ask(self, *commands: str) -> list[bytes]:
        """Give commands in one go; every line until the last is answered, each noted and judged."""
        tags = []
        for command in commands:
            self._tags += 1
            tags.append((b"p%d " % self._tags, command))
        await self.client.say(*(tag + command.encode() + b"\r\n" for tag, command in tags))
        told: list[bytes] = []
        for tag, command in tags:
            while True:
                line = await self.client.line()
                told.append(line)
                if line.startswith(tag):
                    assert b" OK " in line, line
                    break
                self._note(line, may_shrink=command.split()[0] in MAY_SHRINK)
        return told

    async def begin_idle(self) -> None:
        await self.client.say(b"i IDLE\r\n")
        while (line := await self.client.line()) != b"+ idling\r\n":
            self._note(line, may_shrink=True)
        self.idling = True

    async def end_idle(self) -> None:
        await self.client.say(b"DONE\r\n")
        while not (line := await self.client.line()).startswith(b"i OK"):
            self._note(line, may_shrink=True)
        self.idling = False

    async def until_up_to_date(self, model: Model) -> None:
        """Waiting in IDLE, read until the mailbox is known as it is."""
        while not self.agrees(model):
            self._note(await self.client.line(), may_shrink=True)

    def agrees(self, model: Model) -> bool:
        """Whether all that was told is so, and all there is was told."""
        if len(self.known) != len(model.messages):
            return False
        pairs = zip(self.known, sorted(model.messages.items()), strict=True)
        return all(
            told.uid in {None, uid} and (told.flags is None or told.flags == flags)
            for told, (uid, flags) in pairs
        )

    def _note(self, line: bytes, *, may_shrink: bool) -> None:
        assert line, "the server closed the connection"
        if found := re.fullmatch(rb"\* (\d+) EXISTS\r\n", line):
            assert int(found[1]) >= len(self.known), "EXISTS takes messages away"
            self.known += [Told() for _ in range(int(found[1]) - len(self.known))]
        elif found := re.fullmatch(rb"\* (\d+) EXPUNGE\r\n", line):
            assert may_shrink, "EXPUNGE where no EXPUNGE may be told"
            del self.known[int(found[1]) - 1]
        elif found := re.match(rb"\* (\d+) FETCH \((.*)", line):
            told = self.known[int(found[1]) - 1]
            if uid := re.search(rb"UID (\d+)", found[2]):
                assert told.uid in {None, int(uid[1])}, "a number lied"
                told.uid = int(uid[1])
            if flags := re.search(rb"FLAGS \(([^)]*)\)", found[2]):
                told.flags = frozenset(flags[1].decode().split())


class Play:
    """One history in one mailbox."""

    def __init__(self, readers: list[Reader], mailbox: str) -> None:
        self.readers = readers
        self.mailbox = mailbox
        self.model = Model()

    async def step(self, step: Step) -> None:
        what, who, number, flags = step
        reader = self.readers[who]
        if reader.idling:
            await reader.end_idle()
        if what == "append":
            letter = a_letter(len(self.model.texts) + 1)
            await reader.ask(f"APPEND {self.mailbox} {{{len(letter)}+}}\r\n{letter}")
            self.model.append()
        elif what == "expunge":
            await reader.ask("EXPUNGE")
            self.model.expunge()
        elif what == "uid-expunge":
            await reader.ask(f"UID EXPUNGE {number % 5 + 1}")
            self.model.expunge({number % 5 + 1})
        elif what == "idle":
            await reader.begin_idle()
        elif what == "noop" or not reader.known:
            await reader.ask("NOOP")
            assert reader.agrees(self.model)
        else:
            await self._with_message(reader, what, number % len(reader.known) + 1, flags)
        await asyncio.gather(*(one.until_up_to_date(self.model) for one in self.readers if one.idling))

    async def _with_message(self, reader: Reader, what: str, number: int, flags: frozenset[str]) -> None:
        uid, named = await self._uid_of(reader, number), " ".join(sorted(flags))
        told = reader.known[number - 1]
        if what == "fetch":
            await reader.ask("FETCH 1:* (UID FLAGS)")
            assert None not in {one.uid for one in reader.known}
        elif what == "read":
            # RFC 2180 §4.1.1: whether it is still there or not, as long as the client was not told.
            lines = await reader.ask(f"FETCH {number} (UID BODY.PEEK[TEXT])")
            assert lines[0].endswith(b"UID %d BODY[TEXT] {%d}\r\n" % (uid, len(self.model.texts[uid]) + 2))
            assert lines[1] == self.model.texts[uid] + b"\r\n"
        elif what == "search":
            lines = await reader.ask("SEARCH ALL")
            found = {int(one) for line in lines if line.startswith(b"* SEARCH") for one in line.split()[2:]}
            assert found <= set(range(1, len(reader.known) + 1))
        elif what == "move":
            await reader.ask(f"MOVE {number} Trash")
            self.model.messages.pop(uid, None)
        elif what == "pipeline":
            await self._pipeline(reader, number, uid, flags)
        else:
            silent = ".SILENT" if what == "silent" else ""
            before, there = told.flags, self.model.messages.get(uid)
            await reader.ask(f"STORE {number} +FLAGS{silent} ({named})")
            self.model.add(uid, flags)
            # What a client makes out by itself: unless it was told otherwise, somebody having changed it.
            if silent and there is not None and before is not None and told.flags == before:
                told.flags = before | flags

    async def _uid_of(self, reader: Reader, number: int) -> int:
        """The UID that stands at a number: asked for, which shows that nothing moved meanwhile."""
        before = len(reader.known)
        await reader.ask(f"FETCH {number} (UID)")
        assert len(reader.known) >= before
        uid = reader.known[number - 1].uid
        assert uid is not None
        return uid

    async def _pipeline(self, reader: Reader, number: int, uid: int, flags: frozenset[str]) -> None:
        """Commands by number in one go, while somebody else expunges: the numbers mean the same in all."""
        other = self.readers[(self.readers.index(reader) + 1) % CLIENTS]
        if other.idling:
            await other.end_idle()
        named = " ".join(sorted(flags - {"\\Deleted"}) or ["\\Answered"])
        commands = [f"STORE {number} +FLAGS ({named})", "SEARCH ALL", f"FETCH {number} (UID FLAGS)"]
        await asyncio.gather(reader.ask(*commands, *commands), other.ask("EXPUNGE"))
        self.model.add(uid, frozenset(named.split()))
        self.model.expunge()

    async def end(self) -> None:
        for reader in self.readers:
            if reader.idling:
                await reader.end_idle()
            await reader.ask("NOOP")
            assert reader.agrees(self.model)
            if reader.known:
                await reader.ask("FETCH 1:* (UID FLAGS)")
            assert [one.uid for one in reader.known] == sorted(self.model.messages)
            assert reader.agrees(self.model)


class Stage:
    """A door and its clients for all the histories: each has a mailbox of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, folder: Path) -> None:
        self._loop = loop
        self._stack = AsyncExitStack()
        self._names = (f"History{number}" for number in count())
        self._door = loop.run_until_complete(self._stack.enter_async_context(an_open_door(folder)))

    def play(self, history: list[Step], notified: bool) -> None:
        self._loop.run_until_complete(self._play(history, notified, next(self._names)))

    async def _play(self, history: list[Step], notified: bool, mailbox: str) -> None:
        async with AsyncExitStack() as stack:
            readers = []
            for _ in range(CLIENTS):
                client = await stack.enter_async_context(self._door.client(signed_in=DOCTOR))
                readers.append(Reader(client))
            await readers[0].client.ask(f"CREATE {mailbox}")
            for reader in readers:
                await reader.client.ask(f"SELECT {mailbox}")
            if notified:
                events = "MessageNew MessageExpunge FlagChange"
                await readers[-1].ask(f"NOTIFY SET (selected-delayed ({events}))")
            play = Play(readers, mailbox)
            for step in history:
                await play.step(step)
            await play.end()

    def close(self) -> None:
        self._loop.run_until_complete(self._stack.aclose())


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with asyncio.Runner() as runner:
        stage = Stage(runner.get_loop(), tmp_path_factory.mktemp("told-changes"))
        yield stage
        stage.close()


_NONE: frozenset[str] = frozenset()
_AN_EXPUNGED_MESSAGE_IS_READ: list[Step] = [
    ("append", 0, 0, _NONE),
    ("append", 0, 0, _NONE),
    ("noop", 1, 0, _NONE),
    ("idle", 2, 0, _NONE),
    ("store", 0, 0, frozenset({"\\Deleted"})),
    ("expunge", 0, 0, _NONE),
    ("read", 1, 0, _NONE),
    ("pipeline", 1, 1, frozenset({"\\Seen"})),
    ("read", 1, 0, _NONE),
    ("fetch", 1, 0, _NONE),
    ("noop", 1, 0, _NONE),
]


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(history=steps, notified=st.booleans())
@example(history=_AN_EXPUNGED_MESSAGE_IS_READ, notified=False)
def test_every_session_is_told_what_the_others_do_when_it_may_be(
    stage: Stage, history: list[Step], notified: bool
) -> None:
    stage.play(history, notified)
