"""What is forgotten, and who has looked. domain.md §2, §3."""

import shutil
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR, NOON, OTHER_CITIZEN
from tests.support.letters import SENTENCE, a_letter
from tests.support.world import World, a_world

from vaguemestre.mail.bal import Bal, BalId, BalKind
from vaguemestre.mail.mailbox import ACCESS_HISTORY, INBOX, MessageRow
from vaguemestre.policy.retention import Reason
from vaguemestre.service.access.inspection import InspectionRefused
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.vault import KeyDestroyedError


async def _all_steps(world: World) -> tuple[int, int]:
    messages = keys = 0
    while (done := await world.expiry.step(100)).messages:
        messages, keys = messages + done.messages, keys + done.keys
    return messages, keys


async def test_messages_go_when_their_retention_has_passed_and_not_before(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    world.clock.pass_(days=89)
    assert await _all_steps(world) == (0, 0)
    world.clock.pass_(days=2)
    assert len(await world.expiry.due(10)) == 1
    assert await _all_steps(world) == (1, 1)
    assert await world.inbox(citizen) == []


async def test_a_backup_of_the_messages_cannot_be_opened_once_they_have_expired(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
        await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
        large = a_letter(doctor, CITIZEN, message_id="<2@x>", text="0123456789" * 20_000)
        await world.send(doctor, large, CITIZEN)
        rows = await world.inbox(citizen)
    shutil.copytree(tmp_path, tmp_path / "backup")
    async with a_world(tmp_path) as world:
        world.clock.pass_(days=91)
        assert (await _all_steps(world))[0] == 2
    for name in ("messages.db", "objects"):
        restored, kept = tmp_path / name, tmp_path / "backup" / name
        shutil.rmtree(restored) if restored.is_dir() else restored.unlink()
        shutil.copytree(kept, restored) if kept.is_dir() else shutil.copy(kept, restored)
    async with a_world(tmp_path) as world:
        assert len(await world.inbox(citizen)) == 2
        for row in rows:
            with pytest.raises(KeyDestroyedError):
                await world.octets(row)


async def test_a_sender_may_ask_for_sooner_and_never_for_later(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    for days, number in ((10, "<1@x>"), (400, "<2@x>"), (-5, "<3@x>")):
        expires = format_datetime(NOON + timedelta(days=days))
        await world.send(doctor, a_letter(doctor, CITIZEN, message_id=number, expires=expires), CITIZEN)
    world.clock.pass_(days=11)
    assert (await _all_steps(world))[0] == 1
    assert [row.uid for row in await world.inbox(citizen)] == [2, 3]
    world.clock.pass_(days=80)
    assert (await _all_steps(world))[0] == 2


async def test_the_key_of_a_day_stays_while_one_message_of_that_day_does(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    soon = format_datetime(NOON + timedelta(days=5))
    await world.send(doctor, a_letter(doctor, CITIZEN, message_id="<1@x>", expires=soon), CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN, message_id="<2@x>"), CITIZEN)
    world.clock.pass_(days=6)
    assert await _all_steps(world) == (1, 0)
    (row,) = await world.inbox(citizen)
    assert SENTENCE.encode() in (await world.octets(row)).replace(b"=\r\n", b"")


async def test_the_holder_reads_of_each_inspection_in_his_mailbox(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    overview = await world.inspection.overview(citizen.address, "admin")
    assert next(counts.messages for _, counts in overview.mailboxes) == 1
    (seen,) = overview.inbox
    assert seen.goes == (world.clock.now() + timedelta(days=90), Reason.RETENTION)
    with pytest.raises(InspectionRefused):
        await world.inspection.content(citizen.address, seen.uid, "admin", " ")
    octets = await world.inspection.content(citizen.address, seen.uid, "admin", "ticket 12")
    assert b"Compte rendu" in octets
    assert len(await world.inbox(citizen)) == 2  # the letter, and a notice that content was read
    notices = [await world.octets(row) for row in await world.rows(citizen, ACCESS_HISTORY)]
    texts = [message_from_bytes(n, EmailMessage, policy=policy.default).get_content() for n in notices]
    assert len(texts) == 2
    assert "No content was read" in texts[0]
    assert "ticket 12" in texts[1]
    events = await world.store.read(lambda tx: tx.journal.entries(citizen.id, "inspected"))
    assert [entry.detail["scope"] for entry in events] == ["content", "metadata"]


async def test_nothing_of_a_message_is_in_clear_in_any_file(tmp_path: Path) -> None:
    secret = "phrase-que-personne-ne-doit-lire"
    (tmp_path / "w").mkdir()
    async with a_world(tmp_path / "w") as world:
        doctor = await world.bal(DOCTOR)
        await world.bal(CITIZEN, BalKind.CITIZEN)
        for number, length in enumerate((1, 200, 40_000)):
            letter = a_letter(
                doctor,
                CITIZEN,
                subject=secret,
                text=f"{secret}\n" * length,
                message_id=f"<{secret}{number}@x>",
            )
            assert (await world.send(doctor, letter, CITIZEN)).is_positive
        files = [path for path in (tmp_path / "w").rglob("*") if path.is_file()]
        assert any(path.stat().st_size > 10_000 for path in files)
        assert [path.name for path in files if secret.encode() in path.read_bytes()] == []


async def _delete(world: World, bal: Bal, row: MessageRow) -> None:
    def unit(tx: Transaction) -> None:
        inbox = tx.mailboxes.by_name(bal.id, INBOX)
        assert inbox is not None
        tx.messages.remove(inbox.id, [row.uid], world.clock.now())

    await world.store.write(unit, "expunge")


async def test_the_key_of_a_message_deleted_on_its_own_day_is_destroyed_too(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    (row,) = await world.inbox(citizen)
    await _delete(world, citizen, row)
    world.clock.pass_(minutes=11)
    await world.expiry.step(100)
    assert len(await world.vault.days(citizen.id)) == 1  # it may still be sealing: it is today's
    world.clock.pass_(days=3)
    await world.expiry.step(100)
    assert await world.expiry.forget(100) == (1, 1)
    assert await world.vault.days(citizen.id) == frozenset()


async def test_every_bal_is_looked_at_however_few_at_a_time(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    for address in (CITIZEN, OTHER_CITIZEN):
        citizen = await world.bal(address, BalKind.CITIZEN)
        await world.send(doctor, a_letter(doctor, address), address)
        (row,) = await world.inbox(citizen)
        await _delete(world, citizen, row)
    world.clock.pass_(minutes=11)
    await world.expiry.step(100)
    world.clock.pass_(days=3)
    assert [await world.expiry.forget_once(1) for _ in range(3)] == [1, 1, 0]
    assert await world.vault.holders(BalId(0), 10) == []


async def test_a_key_that_still_seals_a_message_is_never_forgotten(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    world.clock.pass_(days=80)
    assert await world.expiry.forget(100) == (1, 0)
    (row,) = await world.inbox(citizen)
    assert SENTENCE.encode() in (await world.octets(row)).replace(b"=\r\n", b"")


async def test_an_object_without_row_is_swept_and_one_with_a_row_is_not(world: World, tmp_path: Path) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    large = a_letter(doctor, CITIZEN, text="0123456789" * 20_000)
    await world.send(doctor, large, CITIZEN)
    spool = world.vault.spool()
    spool.feed(large)
    await world.vault.seal(citizen.id, spool, b"", world.clock.now())
    spool.discard()
    world.clock.moment = datetime.now(UTC) + timedelta(days=2)  # objects are dated by the system's clock
    assert await world.expiry.sweep_once(100) == 1
    (row,) = await world.inbox(citizen)
    assert len(await world.octets(row)) == row.size
