"""The same message twice is filed once, and every message tells what became of it. domain.md §3."""

import asyncio
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.world import World

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.fate import FateState
from vaguemestre.mail.mailbox import SEEN, Uid
from vaguemestre.mail.tls_wish import TlsWish
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode

IDENTIFIER = "<nuit-1@logiciel.example>"


def a_result(text: str = "Glycémie : 5,2 mmol/l", identifier: str | None = IDENTIFIER) -> bytes:
    named = f"Message-ID: {identifier}\r\n" if identifier else ""
    return (
        f"From: {DOCTOR}\r\nTo: {CITIZEN}\r\n{named}Date: Sun, 22 Nov 2026 03:00:00 +0100\r\n"
        f"Subject: R\r\n\r\n{text}\r\n"
    ).encode()


async def people(world: World) -> tuple[Bal, Bal]:
    return await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)


async def read(world: World, holder: Bal, uid: int) -> None:
    opened, leave = await world.mailboxes.open(holder.id, "INBOX", lambda _: None)
    await opened.store_flags(holder, [Uid(uid)], FlagChange(FlagMode.ADD, SEEN))
    leave()


async def test_a_batch_that_is_run_again_files_nothing_twice(world: World) -> None:
    doctor, citizen = await people(world)
    first = await world.send(doctor, a_result(), CITIZEN)
    world.clock.pass_(hours=23)
    again = await world.send(doctor, a_result(), CITIZEN)
    assert (again.code, again.text) == (250, first.text)
    assert len(await world.inbox(citizen)) == 1


@pytest.mark.parametrize(
    ("requires", "header", "kept"),
    [
        (True, "", TlsWish.REQUIRED),
        (False, "TLS-Required: No\r\n", TlsWish.OPTIONAL),
        (True, "TLS-Required: No\r\n", TlsWish.REQUIRED),  # RFC 8689 §4.1: what MAIL said wins
        (False, "", TlsWish.UNSAID),
    ],
)
async def test_what_the_sender_wishes_of_tls_is_kept(
    world: World, requires: bool, header: str, kept: TlsWish
) -> None:
    doctor, citizen = await people(world)
    octets = header.encode() + a_result()
    sent = await world.send(doctor, octets, CITIZEN, like=Envelope(None, (), requires_tls=requires))
    assert sent.is_positive
    (trace,) = await world.tracing.trace(IDENTIFIER)
    assert trace.tls is kept
    (row,) = await world.inbox(citizen)
    assert (await world.octets(row)).endswith(octets)


async def test_the_same_at_the_same_moment_is_filed_once(world: World) -> None:
    doctor, citizen = await people(world)
    replies = await asyncio.gather(*(world.send(doctor, a_result(), CITIZEN) for _ in range(5)))
    assert len({reply.text for reply in replies}) == 1
    assert len(await world.inbox(citizen)) == 1


@pytest.mark.parametrize("other", ["content", "identifier", "recipient", "another day", "no name"])
async def test_what_differs_is_another_message(world: World, other: str) -> None:
    doctor, citizen = await people(world)
    await world.bal(OTHER_DOCTOR)
    name = None if other == "no name" else IDENTIFIER
    assert (await world.send(doctor, a_result(identifier=name), CITIZEN)).is_positive
    if other == "another day":
        world.clock.pass_(hours=25)
    sent = a_result(
        "Glycémie : 5,3 mmol/l" if other == "content" else "Glycémie : 5,2 mmol/l",
        "<other@logiciel.example>" if other == "identifier" else name,
    )
    recipients = (CITIZEN, OTHER_DOCTOR) if other == "recipient" else (CITIZEN,)
    assert (await world.send(doctor, sent, *recipients)).is_positive
    assert len(await world.inbox(citizen)) == 2


async def test_a_repeated_message_leaves_no_sealed_copy_behind(world: World, tmp_path: Path) -> None:
    doctor, _ = await people(world)
    for _ in range(3):
        await world.send(doctor, a_result("x" * 200_000), CITIZEN)
    assert len([path for path in (tmp_path / "objects").rglob("*") if path.is_file()]) == 1


async def test_the_story_of_a_message_is_told_by_its_name_or_ours(world: World) -> None:
    doctor, citizen = await people(world)
    colleague = await world.bal(OTHER_DOCTOR)
    accepted = world.clock.now()
    reply = await world.send(doctor, a_result(), CITIZEN, OTHER_DOCTOR)
    world.clock.pass_(hours=2)
    await read(world, citizen, 1)
    seen = world.clock.now()
    world.clock.pass_(hours=2)
    await read(world, citizen, 1)
    for name in (IDENTIFIER, IDENTIFIER.strip("<>"), reply.text.rpartition(" ")[2]):
        (trace,) = await world.tracing.trace(name)
        assert (trace.sender, trace.accepted_at) == (doctor.id, accepted)
        states = {str(fate.recipient): (fate.state, fate.at) for fate in trace.fates}
        assert states == {
            CITIZEN: (FateState.READ, seen),
            str(colleague.address): (FateState.DELIVERED, accepted),
        }
    assert await world.tracing.trace("<unknown@logiciel.example>") == []


async def test_a_message_that_expires_unread_is_told_so_and_one_that_was_read_stays_read(
    world: World,
) -> None:
    doctor, citizen = await people(world)
    await world.send(doctor, a_result(), CITIZEN)
    await world.send(doctor, a_result(identifier="<read@logiciel.example>"), CITIZEN)
    await read(world, citizen, 2)
    world.clock.pass_(days=91)
    await world.expiry.step(100)
    assert await world.inbox(citizen) == []
    (unread,) = await world.tracing.trace(IDENTIFIER)
    (was_read,) = await world.tracing.trace("<read@logiciel.example>")
    assert [unread.fates[0].state, was_read.fates[0].state] == [FateState.EXPIRED, FateState.READ]


async def test_traces_are_forgotten_after_a_year_a_few_at_a_time(world: World) -> None:
    doctor, _ = await people(world)
    for number in range(3):
        await world.send(doctor, a_result(identifier=f"<{number}@logiciel.example>"), CITIZEN)
    assert await world.tracing.forget_once(2) == 0
    world.clock.pass_(days=366)
    assert [await world.tracing.forget_once(2) for _ in range(3)] == [2, 1, 0]
    assert await world.tracing.trace("<0@logiciel.example>") == []


async def test_the_message_identifier_is_nowhere_in_clear(world: World) -> None:
    doctor, _ = await people(world)
    await world.send(doctor, a_result(), CITIZEN)
    rows = await world.store.read(lambda tx: tx.journal.entries(limit=100))
    assert all("nuit-1" not in str(row) for row in rows)
