"""After any history, a client that comes back knows what it would have known had it stayed. RFC 7162 §3.2.

Three connections work on one mailbox as hypothesis tells them to; a plain dictionary is the mailbox as it
must be. The third leaves without a word, keeps what RFC 7162 §6 lets it keep, and comes back with QRESYNC.
Now and then the server forgets what was expunged, messages removed in the same breath included.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count, takewhile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.support.builders import DOCTOR
from tests.support.imap_door import Client, OpenDoor, an_open_door

from vaguemestre.mail.mailbox import ModSeq, Uid
from vaguemestre.service.ports.store import Transaction

LETTER = "Subject: x\r\n\r\nx\r\n"
FLAGS = ("\\Seen", "\\Flagged", "\\Deleted", "k1")
_SET = re.compile(rb"\* VANISHED (\(EARLIER\) )?([0-9:,]+)\r\n")
_FETCH = re.compile(rb"\* (\d+) FETCH \((.*)\)\r\n")
_VALIDITY = re.compile(rb"\[UIDVALIDITY (\d+)\]")
_HIGHEST = re.compile(rb"\[HIGHESTMODSEQ (\d+)\]")

WORDS = [
    *("append", "store", "silent", "conditional", "expunge", "uid-expunge", "move"),
    *("noop", "fetch", "fetch", "leave", "come-back", "come-back", "forget"),
]

Step = tuple[str, int, int, frozenset[str]]
steps = st.lists(
    st.tuples(
        st.sampled_from(WORDS),
        st.integers(0, 2),
        st.integers(0, 99),
        st.frozensets(st.sampled_from(FLAGS), min_size=1),
    ),
    max_size=40,
)


def _numbers(octets: bytes) -> set[int]:
    found: set[int] = set()
    for piece in octets.split(b","):
        first, _, last = piece.partition(b":")
        found.update(range(int(first), int(last or first) + 1))
    return found


@dataclass
class Reader:
    """One client that enabled QRESYNC: what it was told, and the cache that it takes away."""

    client: Client
    uids: list[int] = field(default_factory=list)  # by number; 0 where the UID is not known yet
    cache: dict[int, frozenset[str]] = field(default_factory=dict)
    highest: int = 0
    validity: int = 0

    async def ask(self, command: str) -> bytes:
        """Give a command, note all that is told; the tagged line without its tag."""
        lines = await self.client.ask(command)
        seen, code = self.highest, 0
        for line in lines:
            seen = max(seen, self._note(line))
            if found := _HIGHEST.search(line):
                code = int(found[1])
        # RFC 7162 §6: the code is believed, even against higher numbers that were seen.
        self.highest = code or seen
        return lines[-1].split(b" ", 1)[1]

    def _note(self, line: bytes) -> int:
        if found := re.fullmatch(rb"\* (\d+) EXISTS\r\n", line):
            assert int(found[1]) >= len(self.uids)
            self.uids += [0] * (int(found[1]) - len(self.uids))
        elif found := _SET.fullmatch(line):
            vanished = _numbers(found[2])
            if found[1]:
                assert not vanished & set(self.uids), "EARLIER names a message that is still counted"
            else:
                for uid in vanished:
                    del self.uids[self._place_of(uid)]
            for uid in vanished:
                self.cache.pop(uid, None)
        elif found := _FETCH.fullmatch(line):
            return self._note_fetch(int(found[1]), found[2])
        assert b" EXPUNGE\r\n" not in line
        return 0

    def _place_of(self, uid: int) -> int:
        """Where a UID stands, or where it must: UIDs ascend, those not known yet among them."""
        if uid in self.uids:
            return self.uids.index(uid)
        first = max((at + 1 for at, known in enumerate(self.uids) if known and known < uid), default=0)
        assert self.uids[first : first + 1] == [0], "a message vanished that was never announced"
        return first

    def _note_fetch(self, number: int, items: bytes) -> int:
        uid = int(re.findall(rb"UID (\d+)", items)[0])
        assert self.uids[number - 1] in {0, uid}, "a number lied"
        self.uids[number - 1] = uid
        if flags := re.search(rb"FLAGS \(([^)]*)\)", items):
            self.cache[uid] = frozenset(flags[1].decode().split())
        return int(re.findall(rb"MODSEQ \((\d+)\)", items)[0])

    async def select(self, mailbox: str, known: bool, sampled: bool = False) -> None:
        """Open it anew, saying what is in the cache, and a sample of the numbers it had."""
        parameter = ""
        if self.highest:
            uids = ",".join(map(str, sorted(self.cache))) if known else ""
            sample = list(enumerate(takewhile(bool, self.uids), 1))[::2] if sampled else []
            numbers, known_as = (",".join(str(pair[at]) for pair in sample) for at in (0, 1))
            match = f" ({numbers} {known_as})" if sample else ""
            uids = f" {uids}" if uids else ""
            parameter = f" (QRESYNC ({self.validity} {self.highest}{uids}{match}))"
        self.uids = []
        lines = await self.client.ask(f"SELECT {mailbox}{parameter}")
        for line in lines:
            self._note(line)
            if b"UIDVALIDITY" in line:
                self.validity = int(re.findall(rb"\d+", line)[0])
            if found := _HIGHEST.search(line):
                self.highest = int(found[1])
        remembered = sorted(self.cache)
        told, self.uids = self.uids, remembered + [0] * (len(self.uids) - len(remembered))
        assert all(one in {0, other} for one, other in zip(told, self.uids, strict=True))
        await self.learn_new()

    async def learn_new(self) -> None:
        """Ask for the UIDs after the last one known in order, until EXISTS tells of no more."""
        while 0 in self.uids:
            at = self.uids.index(0)
            await self.ask(f"UID FETCH {self.uids[at - 1] + 1 if at else 1}:* (FLAGS)")


@dataclass
class Model:
    """The mailbox as it must be."""

    messages: dict[int, frozenset[str]] = field(default_factory=dict)
    modseqs: dict[int, int] = field(default_factory=dict)
    next_uid: int = 1
    modseq: int = 1

    def append(self) -> None:
        self.modseq += 1
        self.messages[self.next_uid], self.modseqs[self.next_uid] = frozenset(), self.modseq
        self.next_uid += 1

    def add(self, uids: set[int], flags: frozenset[str]) -> None:
        changed = {uid for uid in uids & set(self.messages) if not flags <= self.messages[uid]}
        self.modseq += bool(changed)
        for uid in changed:
            self.messages[uid], self.modseqs[uid] = self.messages[uid] | flags, self.modseq

    def remove(self, uids: set[int]) -> None:
        self.modseq += bool(uids)
        for uid in uids:
            del self.messages[uid]

    @property
    def deleted(self) -> set[int]:
        return {uid for uid, flags in self.messages.items() if "\\Deleted" in flags}


class Play:
    """One history in one mailbox."""

    def __init__(self, opened: OpenDoor, readers: list[Reader], mailbox: str) -> None:
        self.opened = opened
        self.readers = readers
        self.mailbox = mailbox
        self.model = Model()
        self.is_away = False

    async def step(self, step: Step) -> None:
        what, who, number, flags = step
        reader = self.readers[who]
        if what in {"leave", "come-back"}:
            known, sampled = bool(number % 2), bool(number % 3)
            await (self._leave() if what == "leave" else self._come_back(known, sampled))
            return
        if what == "forget":
            await self._forget(number)
            return
        if self.is_away and who == 2:
            return
        if what == "append":
            literal = f"{{{len(LETTER)}+}}\r\n{LETTER}"
            assert (await reader.ask(f"APPEND {self.mailbox} {literal}")).startswith(b"OK ")
            self.model.append()
            return
        if what in {"store", "silent", "conditional", "move", "fetch"}:
            await self._with_message(reader, what, number, flags)
        elif what == "expunge":
            assert (await reader.ask("EXPUNGE")).startswith(b"OK ")
            self.model.remove(self.model.deleted)
        elif what == "uid-expunge":
            await reader.learn_new()
            first = min(number % 7 + 1, max(reader.uids, default=0))
            among = {uid for uid in reader.uids if uid >= first}
            assert (await reader.ask(f"UID EXPUNGE {number % 7 + 1}:*")).startswith(b"OK ")
            self.model.remove(among & self.model.deleted)
        else:
            await self._up_to_date(reader)

    async def _with_message(self, reader: Reader, what: str, number: int, flags: frozenset[str]) -> None:
        if 0 in reader.uids:
            await reader.learn_new()
        if not reader.uids:
            return
        at = number % len(reader.uids)
        uid, named = reader.uids[at], " ".join(sorted(flags))
        if what == "fetch":
            await reader.ask(f"FETCH {at + 1} (UID FLAGS)")
        elif what == "move":
            await reader.ask(f"MOVE {at + 1} Trash")
            self.model.remove({uid} & set(self.model.messages))
        elif what == "conditional":
            since = self.model.modseq - number % 3
            passes = uid in self.model.messages and self.model.modseqs[uid] <= since
            answer = await reader.ask(f"STORE {at + 1} (UNCHANGEDSINCE {since}) +FLAGS ({named})")
            assert (b"MODIFIED" not in answer) is passes
            self.model.add({uid} if passes else set(), flags)
        else:
            silent = ".SILENT" if what == "silent" else ""
            await reader.ask(f"STORE {at + 1} +FLAGS{silent} ({named})")
            self.model.add({uid}, flags)
            if silent and uid in self.model.messages:
                reader.cache[uid] = self.model.messages[uid] if uid in reader.cache else flags

    async def _up_to_date(self, reader: Reader) -> None:
        await reader.ask("NOOP")
        await reader.learn_new()
        assert reader.uids == sorted(self.model.messages)
        assert reader.cache == self.model.messages

    async def _leave(self) -> None:
        if not self.is_away:
            self.is_away = True
            await self.readers[2].client.ask("UNSELECT")

    async def _forget(self, number: int) -> None:
        """All that was expunged up to now; and it happens that a message goes just before."""
        gone = {uid for uid in self.model.messages if uid == number % 7}

        def unit(tx: Transaction) -> None:
            box = tx.mailboxes.by_name(self.opened.doctor.id, self.mailbox)
            assert box is not None
            tx.messages.remove(box.id, [Uid(uid) for uid in gone], self.opened.world.clock.now())
            tx.expunged.forget(box.id, ModSeq(2**62), 1_000)

        await self.opened.world.store.write(unit, "test")
        self.model.remove(gone)

    async def _come_back(self, known: bool, sampled: bool) -> None:
        reader = self.readers[2]
        if not self.is_away:
            await self._leave()
        self.is_away = False
        await reader.select(self.mailbox, known, sampled)
        assert reader.uids == sorted(self.model.messages)
        assert reader.cache == self.model.messages

    async def end(self) -> None:
        await self._come_back(known=False, sampled=True)
        for reader in self.readers:
            await self._up_to_date(reader)
            await reader.client.ask("UNSELECT")


class Stage:
    """A door and three clients for all the histories: each has a mailbox of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop, folder: Path) -> None:
        self._loop = loop
        self._stack = AsyncExitStack()
        self._names = (f"History{number}" for number in count())
        self._clients = loop.run_until_complete(self._open(folder))

    async def _open(self, folder: Path) -> list[Client]:
        self._opened = await self._stack.enter_async_context(an_open_door(folder))
        clients = []
        for _ in range(3):
            client = await self._stack.enter_async_context(self._opened.client(signed_in=DOCTOR))
            assert b"QRESYNC" in (await client.ask("ENABLE QRESYNC"))[0]
            clients.append(client)
        return clients

    def play(self, history: list[Step]) -> None:
        self._loop.run_until_complete(self._play(history, next(self._names)))

    async def _play(self, history: list[Step], mailbox: str) -> None:
        for client in self._clients:
            await client.ask("UNSELECT")  # a history that failed left it open
        assert b" OK " in (await self._clients[0].ask(f"CREATE {mailbox}"))[-1]
        try:
            play = Play(self._opened, [Reader(client) for client in self._clients], mailbox)
            for reader in play.readers:
                await reader.select(mailbox, known=False)
            for step in history:
                await play.step(step)
            await play.end()
        finally:
            await self._clients[0].ask(f"DELETE {mailbox}")

    def close(self) -> None:
        self._loop.run_until_complete(self._stack.aclose())


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with asyncio.Runner() as runner:
        stage = Stage(runner.get_loop(), tmp_path_factory.mktemp("resynchronisation"))
        yield stage
        stage.close()


_AN_EXPUNGE_NOT_YET_TOLD: list[Step] = [
    ("append", 0, 0, frozenset()),
    ("append", 0, 0, frozenset()),
    ("noop", 2, 0, frozenset()),
    ("store", 0, 0, frozenset({"\\Deleted"})),
    ("expunge", 0, 0, frozenset()),
    ("store", 0, 0, frozenset({"\\Seen"})),
    ("fetch", 2, 1, frozenset()),  # sees a modseq above that of the expunge, of which it is not told
    ("come-back", 2, 1, frozenset()),
]
_FORGOTTEN_MEANWHILE: list[Step] = [
    *[("append", 0, 0, frozenset())] * 4,
    ("noop", 2, 0, frozenset()),
    ("leave", 0, 0, frozenset()),
    ("forget", 0, 2, frozenset()),
    ("append", 0, 0, frozenset()),
    ("store", 0, 0, frozenset({"\\Deleted"})),
    ("expunge", 1, 0, frozenset()),
    ("forget", 0, 5, frozenset()),
    ("come-back", 0, 1, frozenset()),
]


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(history=steps)
@example(history=_AN_EXPUNGE_NOT_YET_TOLD)
@example(history=_FORGOTTEN_MEANWHILE)
def test_whoever_comes_back_knows_what_those_who_stayed_know(stage: Stage, history: list[Step]) -> None:
    stage.play(history)


async def test_a_search_by_number_is_not_told_what_renumbers(tmp_path: Path) -> None:
    """UID SEARCH tells expunges, but not when numbers stand in it: RFC 7162 §3.2.10.2."""
    async with (
        an_open_door(tmp_path) as opened,
        opened.client(signed_in=DOCTOR) as client,
        opened.client(signed_in=DOCTOR) as other,
    ):
        for _ in range(3):
            await client.append("INBOX", LETTER.encode())
        await client.ask("ENABLE QRESYNC")
        await client.ask("SELECT INBOX")
        await other.ask("SELECT INBOX")
        await other.ask("STORE 1 +FLAGS (\\Deleted)")
        await other.ask("EXPUNGE")
        by_number = await client.ask("UID SEARCH NOT (SUBJECT y 1:2)")
        assert by_number[0] == b"* SEARCH 2 3\r\n"
        assert not any(line.startswith(b"* VANISHED") for line in by_number)
        by_uid = await client.ask("UID SEARCH UID 1:2")
        assert by_uid[:2] == [b"* SEARCH 2\r\n", b"* VANISHED 1\r\n"]


async def test_when_it_is_forgotten_all_that_is_not_there_has_vanished(tmp_path: Path) -> None:
    """RFC 7162 §3.2.6 within what the client knows, and RFC 7162 §3.2.5.2 beyond what its sample shows."""
    async with an_open_door(tmp_path) as opened, opened.client(signed_in=DOCTOR) as client:
        for _ in range(9):
            await client.append("INBOX", LETTER.encode())
        await client.ask("ENABLE QRESYNC")
        selected = await client.ask("SELECT INBOX")
        await client.ask("STORE 2,5,7,9 +FLAGS.SILENT (\\Deleted)")
        await client.ask("EXPUNGE")
        [validity] = [found[1].decode() for line in selected if (found := _VALIDITY.search(line))]

        async def vanished(command: str) -> list[bytes]:
            return [line for line in await client.ask(command) if b"VANISHED" in line]

        async def since(modseq: int, rest: str) -> list[bytes]:
            return await vanished(f"SELECT INBOX (QRESYNC ({validity} {modseq}{rest}))")

        remembering = [await since(10, ""), await since(11, ""), await since(12, "")]
        assert remembering == [[b"* VANISHED (EARLIER) 2,5,7,9\r\n"]] * 2 + [[]]

        def forget(tx: Transaction) -> None:
            box = tx.mailboxes.by_name(opened.doctor.id, "INBOX")
            assert box is not None
            tx.expunged.forget(box.id, box.highest_modseq, 1_000)

        await opened.world.store.write(forget, "test")
        assert await since(12, "") == []
        assert await since(11, "") == [b"* VANISHED (EARLIER) 2,5,7,9\r\n"]
        assert await since(1, " 1:4294967295") == [b"* VANISHED (EARLIER) 2,5,7,9\r\n"]
        assert await since(1, " 1,3:5,6") == [b"* VANISHED (EARLIER) 5\r\n"]
        assert await since(1, " 1:9 (1,3,6 1,4,8)") == [b"* VANISHED (EARLIER) 5,7,9\r\n"]
        assert await since(1, " (1,3,5 1,4,8)") == [b"* VANISHED (EARLIER) 9\r\n"]
        assert await since(1, " 1:8 (1:4294967295 1:4294967295)") == [b"* VANISHED (EARLIER) 2,5,7\r\n"]
        told = await vanished("UID FETCH 4:* (FLAGS) (CHANGEDSINCE 3 VANISHED)")
        assert told == [b"* VANISHED (EARLIER) 5,7,9\r\n"]
        assert await vanished("UID FETCH 4:* (FLAGS) (CHANGEDSINCE 12 VANISHED)") == []
