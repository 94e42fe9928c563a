"""Sets of four thousand million messages, and of thousands of ranges: met with what is there. RFC 9051 §9."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.attacked import memory_within, unharmed
from tests.support.builders import DOCTOR
from tests.support.imap_door import OpenDoor

from vaguemestre.mail.mailbox import ModSeq
from vaguemestre.service.ports.store import Transaction

MEBIBYTE = 2**20
LETTER = b"Subject: x\r\n\r\nx\r\n"
ALL = "1:4294967295"
# 64 KiB of text is what a command may hold: as many ranges as fit.
RANGES = ",".join(f"{number}:{number + 1}" for number in range(1, 20_000, 4))[:60_000].rpartition(",")[0]
OVERLAPPING = ",".join(["1:4294967295"] * 4_000)
STARS = ",".join(["*:1", "1:*"] * 7_000)
UIDS = ",".join(map(str, range(11_000, 1, -1)))


@pytest.mark.parametrize("numbers", [ALL, RANGES, OVERLAPPING, STARS, UIDS], ids=lambda numbers: numbers[:16])
@pytest.mark.parametrize(
    "command",
    [
        "UID FETCH {} (FLAGS)",
        "UID FETCH {} (FLAGS) (CHANGEDSINCE 1)",
        "UID FETCH {} (ENVELOPE)",
        "UID STORE {} +FLAGS.SILENT (\\Seen)",
        "UID COPY {} Trash",
        "UID SEARCH UID {}",
        "SEARCH {} NOT UID {}",
        "UID SEARCH RETURN (ALL) OR UID {} UID {}",
        "UID SORT (ARRIVAL) UTF-8 UID {}",
        "UID EXPUNGE {}",
        "SELECT INBOX (QRESYNC (1 1 {}))",
    ],
)
async def test_a_set_costs_what_is_written_and_what_is_there(
    opened: OpenDoor, command: str, numbers: str
) -> None:
    async with opened.client(signed_in=DOCTOR) as client, opened.client(signed_in=DOCTOR) as other:
        for _ in range(3):
            await client.append("INBOX", LETTER)
        await client.ask("ENABLE QRESYNC")
        await client.ask("SELECT INBOX")
        text = command.format(
            *[numbers if command.count("{}") == 1 else numbers[:30_000].rpartition(",")[0] or ALL] * 2
        )
        with memory_within(12 * MEBIBYTE):
            answer = await client.ask(text)
            await unharmed(other)
        # A number beyond the last, and * among what a client knows, are its mistakes.
        assert b" OK " in answer[-1] or b" BAD There is no " in answer[-1], answer[-1]
        assert (await client.ask("NOOP"))[-1].endswith(b" OK Completed\r\n")


@pytest.mark.parametrize("rest", ["", f" {ALL}", f" {ALL} ({ALL} {ALL})", f" {RANGES}", f" {OVERLAPPING}"])
async def test_what_vanished_from_among_four_thousand_million_is_told_in_ranges(
    opened: OpenDoor, tmp_path: Path, rest: str
) -> None:
    """And it is forgotten which they were: RFC 7162 §3.2.6."""
    async with opened.client(signed_in=DOCTOR) as client, opened.client(signed_in=DOCTOR) as other:
        for _ in range(3):
            await client.append("INBOX", LETTER)
        box = (await opened.world.store.read(lambda tx: tx.mailboxes.of(opened.doctor.id)))[0]

        def forget(tx: Transaction) -> None:
            tx.messages.remove(box.id, [tx.messages.rows(box.id)[1].uid], opened.world.clock.now())
            tx.expunged.forget(box.id, ModSeq(2**62), 10)

        await opened.world.store.write(forget, "test")
        with closing(sqlite3.connect(tmp_path / "messages.db")) as database, database:
            database.execute("UPDATE mailbox SET uid_next = 4294967295 WHERE id = ?", (box.id,))
        await client.ask("ENABLE QRESYNC")
        with memory_within(12 * MEBIBYTE):
            answer = await client.ask(f"SELECT INBOX (QRESYNC ({box.uid_validity} 1{rest}))")
            await unharmed(other)
        assert b" OK " in answer[-1]
        [vanished] = [line for line in answer if line.startswith(b"* VANISHED (EARLIER) 2")]
        if len(rest) < 100 or rest.endswith(ALL):
            assert vanished == b"* VANISHED (EARLIER) 2,4:4294967294\r\n"
        assert len(re.findall(rb"[0-9:]+", vanished)) <= rest.count(",") + 3


async def test_numbers_beyond_the_largest_are_refused(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client:
        await client.ask("SELECT INBOX")
        for numbers in (
            "4294967296",
            "0",
            "1:4294967296",
            "99999999999999999999",
            "1,,2",
            "1:2:3",
            "-1",
            "1:",
        ):
            assert b" BAD " in (await client.ask(f"UID FETCH {numbers} FLAGS"))[-1]
            assert b" BAD " in (await client.ask(f"UID SEARCH UID {numbers}"))[-1]


async def test_asking_for_everything_over_and_over_is_answered_in_order(opened: OpenDoor) -> None:
    async with opened.client(signed_in=DOCTOR) as client, opened.client(signed_in=DOCTOR) as other:
        for _ in range(3):
            await client.append("INBOX", LETTER)
        await client.ask("SELECT INBOX")
        client.writer.write(
            b"".join(b"n%d UID FETCH 1:4294967295 (UID)\r\n" % number for number in range(3_000))
        )
        for number in range(3_000):
            assert len(await client.until(b"n%d OK " % number)) == 4
            if number % 500 == 0:
                await unharmed(other)
