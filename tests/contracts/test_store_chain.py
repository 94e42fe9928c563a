"""The journal's chain on each database: one order whoever chains, and nothing done to it goes unseen."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text
from tests.support.witness import a_witness
from tests.support.world import FakeClock

from vaguemestre.mail.bal import BalId
from vaguemestre.service.audit.anchors import Anchoring
from vaguemestre.service.audit.auditing import Auditing, Verified, Wanted
from vaguemestre.service.audit.chain import BEGUN
from vaguemestre.service.audit.chaining import Chaining
from vaguemestre.service.audit.faults import FaultKind
from vaguemestre.service.audit.journal_upkeep import JournalUpkeep
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store
from vaguemestre.store.migrations import running
from vaguemestre.store.open import open_store
from vaguemestre.vault.signing import Signer
from vaguemestre.vault.witness import KeptWitness

KEY: Final = b"k" * 32
NOW: Final = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
SIGNER: Final = Signer(b"s" * 32)


@pytest.fixture
async def journal(database_url: str) -> AsyncIterator[Store]:
    opened = await open_store(database_url, KEY)
    yield opened
    await opened.close()


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[KeptWitness]:
    with a_witness(tmp_path / "keys.db", KEY) as kept:
        yield kept


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOW)


@pytest.fixture
def chaining(journal: Store, clock: FakeClock, witness: KeptWitness) -> Chaining:
    return Chaining(journal, clock, KEY, witness)


@pytest.fixture
def auditing(journal: Store, clock: FakeClock, witness: KeptWitness) -> Auditing:
    return Auditing(journal, clock, KEY, witness, SIGNER.verifier)


async def record(store: Store, count: int, since: datetime = NOW, bal: int = 1) -> None:
    """One line a day."""
    for number in range(count):
        at = since + timedelta(days=number)
        entry = JournalEntry(at, "operator:anne", "inspected", BalId(bal), {"number": str(number)})
        await store.write(lambda tx: tx.journal.record(entry), "record")  # noqa: B023 (awaited here)


def tamper(url: str, *statements: str) -> None:
    """As whoever can write the database does."""
    engine = running.engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


async def test_lines_are_chained_in_the_order_of_their_recording(
    journal: Store, chaining: Chaining, auditing: Auditing
) -> None:
    await record(journal, 5)
    assert (await auditing.verify()).waiting == 5
    assert await chaining.run_once(3) == 3
    assert await chaining.run_once(500) == 3
    assert await chaining.run_once(500) == 0
    lines = await journal.read(lambda tx: tx.chain.after(0, 99))
    assert [line.seq for line in lines] == [1, 2, 3, 4, 5, 6]
    assert [line.event for line in lines] == ["inspected"] * 5 + [BEGUN]
    found = await auditing.verify()
    assert found.is_sound
    assert (found.lines, found.waiting) == (6, 0)


async def test_lines_older_than_seals_are_taken_in_once(
    database_url: str, journal: Store, chaining: Chaining, auditing: Auditing
) -> None:
    await record(journal, 3)
    tamper(database_url, "UPDATE journal SET salt = NULL, seal = NULL")
    await chaining.chain_all()
    assert (await auditing.verify()).is_sound
    await record(journal, 1)
    tamper(database_url, "UPDATE journal SET salt = NULL, seal = NULL WHERE seq IS NULL")
    await chaining.chain_all()
    (fault,) = (await auditing.verify()).faults
    assert (fault.kind, fault.first, fault.last) == (FaultKind.CHANGED, 5, 5)


async def test_many_who_chain_at_once_make_one_chain(
    database_url: str, journal: Store, auditing: Auditing, clock: FakeClock, witness: KeptWitness
) -> None:
    others = [await open_store(database_url, KEY) for _ in range(2)]
    stores = [journal, *others]
    chainings = [Chaining(store, clock, KEY, witness) for store in stores]
    for _ in range(4):
        await asyncio.gather(
            *(record(store, 6) for store in stores), *(one.run_once(50) for one in chainings)
        )
    await chainings[0].chain_all()
    found = await auditing.verify()
    assert found.is_sound
    assert (found.lines, found.waiting) == (3 * 4 * 6 + 1, 0)
    for other in others:
        await other.close()


TAMPERINGS: Final[dict[str, tuple[tuple[str, ...], FaultKind, int]]] = {
    "a word": (("UPDATE journal SET actor = 'operator:paul' WHERE seq = 3",), FaultKind.CHANGED, 3),
    "a detail": (("UPDATE journal SET detail = '{}' WHERE seq = 3",), FaultKind.CHANGED, 3),
    "the day": (("UPDATE journal SET at = at - 86400000000 WHERE seq = 3",), FaultKind.CHANGED, 3),
    "a line taken out": (("DELETE FROM journal WHERE seq = 3",), FaultKind.MISSING, 3),
    "the end cut": (("DELETE FROM journal WHERE seq >= 3",), FaultKind.CUT, 3),
    "all taken out": (("DELETE FROM journal",), FaultKind.CUT, 1),
    "two swapped": (
        (
            "UPDATE journal SET seq = 99 WHERE seq = 3",
            "UPDATE journal SET seq = 3 WHERE seq = 5",
            "UPDATE journal SET seq = 5 WHERE seq = 99",
        ),
        FaultKind.MOVED,
        3,
    ),
    "emptied": (
        ("UPDATE journal SET salt = NULL, actor = '', bal = NULL, detail = '{}' WHERE seq = 3",),
        FaultKind.EMPTIED,
        3,
    ),
    "put in": (
        (
            "INSERT INTO journal (at, actor, event, bal, detail, salt, seal) "
            "SELECT at, 'operator:paul', event, bal, detail, salt, seal FROM journal WHERE seq = 3",
        ),
        FaultKind.CHANGED,
        8,
    ),
    "copied": (
        (
            "INSERT INTO journal (at, actor, event, bal, detail, salt, seal) "
            "SELECT at, actor, event, bal, detail, salt, seal FROM journal WHERE seq = 3",
        ),
        FaultKind.COPIED,
        8,
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_what_is_done_by_who_writes_the_database_is_found_and_located(
    name: str, database_url: str, journal: Store, chaining: Chaining, auditing: Auditing
) -> None:
    await record(journal, 6)
    await chaining.chain_all()
    statements, kind, place = TAMPERINGS[name]
    tamper(database_url, *statements)
    await chaining.chain_all()  # the server knows of nothing, and goes on
    faults = (await auditing.verify()).faults
    assert [fault for fault in faults if fault.kind is kind and fault.first <= place <= fault.last]
    if kind in {FaultKind.CHANGED, FaultKind.MISSING, FaultKind.EMPTIED} and place == 3:
        (fault,) = faults
        assert fault.since is not None
        assert (fault.since.date() - NOW.date()).days in {1, 2}


async def test_a_cut_that_the_server_wrote_over_is_still_told(
    database_url: str, journal: Store, chaining: Chaining, auditing: Auditing, clock: FakeClock
) -> None:
    await record(journal, 6)
    await chaining.chain_all()
    tamper(database_url, "DELETE FROM journal WHERE seq >= 3")
    await record(journal, 9)
    for _ in range(3):
        clock.pass_(minutes=2)
        await chaining.run_once(500)
    (fault,) = (await auditing.verify()).faults
    assert (fault.kind, fault.last) == (FaultKind.REWRITTEN, 7)


async def test_an_anchor_binds_who_has_the_keys_too(
    tmp_path: Path,
    database_url: str,
    journal: Store,
    chaining: Chaining,
    auditing: Auditing,
    clock: FakeClock,
) -> None:
    anchoring = Anchoring(journal, clock, chaining, SIGNER, tmp_path / "anchors", "mail.test")
    assert await anchoring.run_once(9) == 0
    assert list(anchoring.files()) == []
    await record(journal, 3)
    await anchoring.run_once(9)
    await anchoring.run_once(9)
    clock.pass_(days=1)
    await anchoring.run_once(9)
    files = list(anchoring.files())
    assert [file.name for file in files] == ["2026-03-14.anchor", "2026-03-15.anchor"]
    found = await auditing.verify(files)
    assert found.is_sound
    assert found.anchors == 2
    tamper(database_url, "UPDATE journal SET seq = NULL, head = NULL", "DELETE FROM journal WHERE id = 2")
    with a_witness(tmp_path / "other.db", KEY) as kept:
        await Chaining(journal, clock, KEY, kept).chain_all()
        forged = Auditing(journal, clock, KEY, kept, SIGNER.verifier)
        assert (await forged.verify()).is_sound
        assert {fault.kind for fault in (await forged.verify(files)).faults} == {FaultKind.REWRITTEN}
        files[0].write_text(files[0].read_text().replace("line: 4", "line: 3"))
        (changed, *_) = (await forged.verify(files)).faults
        assert (changed.kind, changed.source) == (FaultKind.ANCHOR, str(files[0]))


async def test_an_export_is_chosen_by_day_mailbox_and_kind_and_leaves_a_line(
    journal: Store, chaining: Chaining, auditing: Auditing
) -> None:
    await record(journal, 4)
    await record(journal, 2, bal=2)
    await chaining.chain_all()
    until = NOW + timedelta(days=2)
    wanted = Wanted(NOW + timedelta(days=1), until, None, ("inspected",))
    given = [line async for line in await auditing.export(wanted, "paul")]
    assert [(line.line, line.bal, line.detail["number"]) for line in given] == [(2, 1, "1"), (6, 2, "1")]
    (entry,) = await journal.read(lambda tx: tx.journal.entries(event="audit_exported"))
    assert (entry.actor, entry.detail["until"]) == ("operator:paul", until.isoformat())


async def killed(url: str, *, after: int) -> None:
    """A server that records and chains, killed in the middle."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.chain_load", url, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    for _ in range(after):
        await process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    await process.wait()


async def test_a_server_killed_between_commit_and_chain_leaves_nothing_out(
    database_url: str, journal: Store, chaining: Chaining, auditing: Auditing
) -> None:
    await killed(database_url, after=25)
    await chaining.chain_all()
    found: Verified = await auditing.verify()
    assert found.is_sound
    lines = await journal.read(lambda tx: tx.journal.entries(event="loaded", limit=9_999))
    assert len(lines) >= 25
    assert found.lines == len(lines) + 1


async def say(store: Store, at: datetime, actor: str, event: str, bal: int | None, **detail: str) -> None:
    entry = JournalEntry(at, actor, event, None if bal is None else BalId(bal), detail)
    await store.write(lambda tx: tx.journal.record(entry), "record")


async def test_traces_are_forgotten_after_a_year_and_the_chain_goes_on_behind_them(
    database_url: str, journal: Store, chaining: Chaining, auditing: Auditing, clock: FakeClock
) -> None:
    for number in range(120):
        await say(journal, NOW + timedelta(days=number), "bal:1", "accepted", None, queue_id=str(number))
        if number % 3 == 0:
            await record(journal, 1, NOW + timedelta(days=number))
    await chaining.chain_all()
    upkeep = JournalUpkeep(journal, clock)
    assert await upkeep.run_once(500) == 0
    clock.pass_(days=365 + 100)
    assert await upkeep.run_once(500) == 100
    await chaining.chain_all()
    found = await auditing.verify()
    assert found.is_sound
    assert found.lines == 20 + 40 + 1 + 1
    tamper(database_url, "DELETE FROM journal WHERE seq = (SELECT min(seq) FROM journal)")
    (fault,) = (await auditing.verify()).faults
    assert (fault.kind, fault.first, fault.last) == (FaultKind.MISSING, 2, 2)


async def test_who_was_erased_is_named_nowhere_a_year_after_and_the_chain_verifies(
    journal: Store, chaining: Chaining, auditing: Auditing, clock: FakeClock
) -> None:
    await record(journal, 150, bal=7)
    await say(journal, NOW, "bal:7", "content_opened", 8, messages="1")
    await say(journal, NOW, "operator:anne", "erasure_begun", 7, erasure="e1", reason="lettre du 3 mars")
    await say(journal, NOW, "operator:anne", "erased", 7, erasure="e1", document="{}")
    await record(journal, 2, bal=8)
    await chaining.chain_all()
    upkeep = JournalUpkeep(journal, clock)
    assert await upkeep.run_once(500) == 0
    clock.pass_(days=366)
    assert await upkeep.run_once(500) == 151
    assert await upkeep.run_once(500) == 0
    await chaining.chain_all()
    lines = await journal.read(lambda tx: tx.chain.after(0, 999))
    named = [line.event for line in lines if line.bal == 7 or "bal:7" in (line.actor, line.detail)]
    assert named == ["erasure_begun", "erased"]
    assert [line.actor for line in lines if line.bal == 8] == ["operator:anne"] * 2
    found = await auditing.verify()
    assert found.is_sound
    assert found.emptied == 151


async def test_nothing_is_forgotten_before_it_is_chained(
    journal: Store, auditing: Auditing, clock: FakeClock
) -> None:
    await say(journal, NOW, "bal:1", "accepted", None, queue_id="q")
    clock.pass_(days=999)
    assert await JournalUpkeep(journal, clock).run_once(500) == 0
    assert (await auditing.verify()).waiting == 1
