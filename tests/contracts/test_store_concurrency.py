"""Many writers at once, units that fail, callers that leave, processes that die: nothing said is lost."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.support.store_load import file_one

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.mail.conversation import ClosedBy
from vaguemestre.mail.mailbox import FIRST_KEYWORD_BIT, INBOX, SEEN, FlagSet, Mailbox, Uid
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.store import Store, StoreBusyError, Transaction
from vaguemestre.store.open import open_store

NOW = datetime(2026, 3, 14, 15, 9, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def an_inbox(tx: Transaction, local: str = "a") -> Mailbox:
    bal = tx.bals.add(NewBal(Address(local, "patient.mssante.fr"), BalKind.CITIZEN, BalState.ACTIVE), NOW)
    return tx.mailboxes.create(bal.id, INBOX, None, NOW)


async def test_many_writers_get_unique_ascending_uids(store: Store) -> None:
    box = await store.write(an_inbox, "test")
    told: list[int] = []
    store.changes.subscribe(box.id, lambda change: told.append(change.modseq))

    async def write(count: int) -> list[Uid]:
        return [await store.write(lambda tx: file_one(tx, box), "test") for _ in range(count)]

    mine = await asyncio.gather(*(write(10) for _ in range(20)))
    assert all(uids == sorted(uids) for uids in mine)
    assert sorted(uid for uids in mine for uid in uids) == list(range(1, 201))
    rows = await store.read(lambda tx: tx.messages.rows(box.id))
    assert [row.uid for row in rows] == list(range(1, 201))
    assert [row.modseq for row in rows] == list(range(2, 202))
    assert max(told) == 201
    bal = await store.read(lambda tx: tx.bals.by_id(box.bal))
    assert bal is not None
    assert bal.used == 200 * 900


async def test_a_failing_unit_never_spoils_its_neighbours(store: Store) -> None:
    box = await store.write(an_inbox, "test")

    def unit(tx: Transaction, number: int) -> Uid:
        uid = file_one(tx, box)
        if number % 3 == 0:
            raise ArithmeticError(number)
        if number % 7 == 0:
            raise StopIteration
        return uid

    answers = await asyncio.gather(
        *(store.write(lambda tx, n=number: unit(tx, n), "test") for number in range(60)),  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        return_exceptions=True,
    )
    for number, answer in enumerate(answers):
        if number % 3 == 0:
            assert isinstance(answer, ArithmeticError)
        elif number % 7 == 0:
            assert isinstance(answer, RuntimeError)
        else:
            assert isinstance(answer, int)
    kept = [answer for answer in answers if isinstance(answer, int)]
    rows = await store.read(lambda tx: tx.messages.rows(box.id))
    assert [row.uid for row in rows] == sorted(kept) == list(range(1, len(kept) + 1))


async def test_flags_read_then_set_by_many_are_never_lost(store: Store) -> None:
    box = await store.write(an_inbox, "test")
    await store.write(lambda tx: file_one(tx, box), "test")

    def add_flag(tx: Transaction, bit: int) -> None:
        (row,) = tx.messages.rows(box.id)
        tx.messages.set_flags(box.id, [(row.uid, FlagSet(row.flags | 1 << bit))])

    async def write(bit: int) -> None:
        await store.write(lambda tx: add_flag(tx, bit), "test")

    await asyncio.gather(*(write(bit) for bit in range(40)))
    (row,) = await store.read(lambda tx: tx.messages.rows(box.id))
    assert row.flags == (1 << 40) - 1


async def test_keywords_added_together_get_a_bit_each(store: Store) -> None:
    box = await store.write(an_inbox, "test")

    async def add(name: str) -> int:
        return await store.write(lambda tx: tx.mailboxes.add_keyword(box.bal, name), "test")

    bits = await asyncio.gather(*(add(f"k{number % 10}") for number in range(40)))
    assert sorted(set(bits)) == list(range(FIRST_KEYWORD_BIT, FIRST_KEYWORD_BIT + 10))
    assert len(await store.read(lambda tx: tx.mailboxes.keywords(box.bal))) == 10


async def test_one_thread_of_messages_starts_one_conversation(store: Store) -> None:
    """Twenty messages with the same reference arrive at once; CONV decisions must not cross."""
    box = await store.write(an_inbox, "test")
    doctor = Address("claire.martin", "cabinet.mssante.fr")

    def arrive(tx: Transaction) -> int:
        found = tx.conversations.found_by(box.bal, [b"digest"])
        conversation = found or tx.conversations.start(box.bal, NOW).id
        tx.conversations.remember(conversation, b"digest", NOW)
        tx.conversations.open_pair(conversation, doctor, NOW)
        return conversation

    assert len(set(await asyncio.gather(*(store.write(arrive, "test") for _ in range(20))))) == 1
    assert len(await store.read(lambda tx: tx.conversations.pairs(box.bal))) == 1


async def test_opening_and_closing_at_once_change_something_each_time_in_turn(store: Store) -> None:
    box = await store.write(an_inbox, "test")
    doctor = Address("claire.martin", "cabinet.mssante.fr")
    conversation = (await store.write(lambda tx: tx.conversations.start(box.bal, NOW), "test")).id

    def unit(tx: Transaction) -> str:
        pair = tx.conversations.pair(conversation, doctor)
        if pair is not None and pair.closed_at is None:
            assert tx.conversations.close_pair(conversation, doctor, ClosedBy.OPERATOR, NOW)
            return "closed"
        assert tx.conversations.open_pair(conversation, doctor, NOW)
        return "opened"

    done = await asyncio.gather(*(store.write(unit, "test") for _ in range(30)))
    assert (done.count("opened"), done.count("closed")) == (15, 15)


async def test_units_that_touch_two_accounts_in_either_order_all_succeed(store: Store) -> None:
    boxes = [await store.write(lambda tx, n=name: an_inbox(tx, n), "test") for name in "abcd"]  # type: ignore[misc]  # mypy cannot infer a lambda with a default

    def unit(tx: Transaction, first: Mailbox, second: Mailbox) -> None:
        file_one(tx, first)
        file_one(tx, second)

    async def write(first: Mailbox, second: Mailbox) -> None:
        await store.write(lambda tx: unit(tx, first, second), "test")

    pairs = [(a, b) for a in boxes for b in boxes if a is not b] * 3
    await asyncio.gather(*(write(a, b) for a, b in pairs))
    for box in boxes:
        assert len(await store.read(lambda tx, b=box: tx.messages.rows(b.id))) == 18  # type: ignore[misc]  # mypy cannot infer a lambda with a default


async def test_an_address_asked_for_by_many_is_given_to_one(store: Store) -> None:
    answers = await asyncio.gather(
        *(store.write(lambda tx: an_inbox(tx, "wanted").bal, "test") for _ in range(20)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, int) for answer in answers) == 1
    assert sum(isinstance(answer, ValueError) for answer in answers) == 19
    assert len(await store.read(lambda tx: tx.bals.all())) == 1


async def test_a_caller_that_leaves_does_not_harm_the_lane(store: Store) -> None:
    box = await store.write(an_inbox, "test")
    tasks = [asyncio.ensure_future(store.write(lambda tx: file_one(tx, box), "test")) for _ in range(30)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    kept = {answer for answer in answers if isinstance(answer, int)}
    assert len(kept) == 15
    await store.write(lambda tx: file_one(tx, box), "test")
    assert kept <= {row.uid for row in await store.read(lambda tx: tx.messages.rows(box.id))}


async def test_what_was_answered_is_there_after_reopening(database_url: str) -> None:
    first = await open_store(database_url)
    box = await first.write(an_inbox, "test")
    answers = asyncio.gather(*(first.write(lambda tx: file_one(tx, box), "test") for _ in range(50)))
    await asyncio.sleep(0)
    await first.close()  # what was accepted is finished
    assert len(await answers) == 50
    with pytest.raises(StoreBusyError):
        await first.write(lambda tx: file_one(tx, box), "test")
    with pytest.raises(StoreBusyError):
        await first.read(lambda tx: tx.bals.all())
    await first.close()
    second = await open_store(database_url)
    assert len(await second.read(lambda tx: tx.messages.rows(box.id))) == 50
    await second.close()


async def test_a_reader_sees_one_snapshot_while_others_write(store: Store) -> None:
    box = await store.write(an_inbox, "test")

    def consistent(tx: Transaction) -> bool:
        here, rows = tx.mailboxes.by_id(box.id), tx.messages.rows(box.id)
        counts, bal = tx.mailboxes.counts(box.id), tx.bals.by_id(box.bal)
        assert here is not None
        assert bal is not None
        return counts.messages == len(rows) == here.uid_next - 1 == bal.used // 900

    async def watch() -> None:
        for _ in range(20):
            assert await store.read(consistent)
            await asyncio.sleep(0)

    async def write() -> None:
        for _ in range(10):
            await store.write(lambda tx: file_one(tx, box), "test")

    await asyncio.gather(watch(), *(write() for _ in range(8)))


async def test_a_unit_that_raises_while_reading_is_heard_and_the_reader_goes_on(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        raise ArithmeticError("on purpose")

    with pytest.raises(ArithmeticError):
        await store.read(unit)
    assert await store.read(lambda tx: tx.bals.by_id(BalId(1))) is None


async def test_every_answered_unit_survives_a_killed_process(database_url: str) -> None:
    store = await open_store(database_url)
    box = await store.write(an_inbox, "test")
    await store.close()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.support.store_load",
        database_url,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    answered = [int(await process.stdout.readline()) for _ in range(300)]
    process.kill()
    rest, _ = await process.communicate()
    answered += [int(line) for line in rest.splitlines() if line.strip()]
    store = await open_store(database_url)
    kept = [row.uid for row in await store.read(lambda tx: tx.messages.rows(box.id))]
    assert set(answered) <= set(kept)
    assert kept == list(range(1, len(kept) + 1))
    bodies = [row.body for row in await store.read(lambda tx: tx.messages.rows(box.id))]
    assert len(await store.read(lambda tx: tx.messages.cards(bodies))) == len(kept)
    await store.write(lambda tx: tx.messages.set_flags(box.id, [(Uid(1), SEEN)]), "test")
    await store.close()
