"""How long a message is kept depends on where it lies, and moving it never begins anew. domain.md §3."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR, NOON
from tests.support.letters import a_letter
from tests.support.world import World, a_world

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.mailbox import INBOX, Drawer, FlagSet, Uid
from vaguemestre.policy.retention import Retention
from vaguemestre.service.expiry.expiring import AT_ONCE
from vaguemestre.service.mailboxes.appending import Appended
from vaguemestre.service.ports.store import Transaction

RETENTION = Retention(
    by_drawer={Drawer("\\Trash"): timedelta(days=30), Drawer("Archive"): timedelta(days=365)}
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, retention=RETENTION) as opened:
        yield opened


async def a_letter_received(world: World, count: int = 1) -> tuple[Bal, Bal]:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    for number in range(count):
        letter = a_letter(doctor, CITIZEN, message_id=f"<{number}@x>")
        assert (await world.send(doctor, letter, CITIZEN)).is_positive
    return doctor, citizen


async def move(world: World, bal: Bal, source: str, target: str) -> None:
    """Every message of one mailbox into another."""

    def unit(tx: Transaction) -> None:
        here, there = tx.mailboxes.by_name(bal.id, source), tx.mailboxes.by_name(bal.id, target)
        assert here is not None
        assert there is not None
        uids: list[Uid] = [row.uid for row in tx.messages.rows(here.id)]
        tx.messages.copy(here.id, uids, there.id, world.clock.now())
        tx.messages.remove(here.id, uids, world.clock.now())

    await world.store.write(unit, "move")


async def counts(world: World, bal: Bal) -> dict[str, int]:
    """How many messages there are, in the mailboxes that hold any."""

    def unit(tx: Transaction) -> dict[str, int]:
        boxes = tx.mailboxes.of(bal.id)
        found = {box.name: tx.mailboxes.message_count(box.id) for box in boxes}
        return {name: count for name, count in found.items() if count}

    return await world.store.read(unit)


async def test_the_trash_keeps_its_days_from_when_a_message_was_thrown_away(world: World) -> None:
    _, citizen = await a_letter_received(world)
    world.clock.pass_(days=40)
    await move(world, citizen, INBOX, "Trash")
    world.clock.pass_(days=29)
    assert (await world.expiry.step(10)).messages == 0
    world.clock.pass_(days=2)
    assert (await world.expiry.step(10)).messages == 1
    assert await counts(world, citizen) == {}


async def test_no_moving_about_keeps_a_message_beyond_what_its_kind_allows(world: World) -> None:
    _, citizen = await a_letter_received(world)
    for _ in range(8):
        world.clock.pass_(days=11)
        await move(world, citizen, INBOX, "Trash")
        await move(world, citizen, "Trash", INBOX)
    assert (await world.expiry.step(10)).messages == 0
    world.clock.pass_(days=3)
    assert (await world.expiry.step(10)).messages == 1


async def test_a_longer_delay_of_a_folder_takes_the_place_of_the_kinds(world: World) -> None:
    _, citizen = await a_letter_received(world)
    await world.mailboxes.create(citizen.id, "Archive/2026")
    assert await world.expiry.settle_once(100) > 0  # it was made before anybody knew of the delay
    assert await world.expiry.settle_once(100) == 0
    await move(world, citizen, INBOX, "Archive/2026")
    world.clock.pass_(days=364)
    assert (await world.expiry.step(10)).messages == 0
    world.clock.pass_(days=2)
    assert (await world.expiry.step(10)).messages == 1


async def test_a_folder_renamed_into_the_trash_is_not_gone_at_once(world: World) -> None:
    _, citizen = await a_letter_received(world)
    await world.mailboxes.create(citizen.id, "Dossier")
    await move(world, citizen, INBOX, "Dossier")
    world.clock.pass_(days=50)
    await world.mailboxes.rename(citizen.id, "Dossier", "Trash/Dossier")
    world.clock.pass_(days=29)
    assert (await world.expiry.step(10)).messages == 0
    world.clock.pass_(days=2)
    assert (await world.expiry.step(10)).messages == 1


async def test_the_journal_tells_how_many_went_and_why_and_nothing_else(world: World) -> None:
    doctor, citizen = await a_letter_received(world, 3)
    await move(world, citizen, INBOX, "Trash")
    soon = format_datetime(NOON + timedelta(days=5))
    await world.send(doctor, a_letter(doctor, CITIZEN, message_id="<soon@x>", expires=soon), CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN, message_id="<kept@x>"), CITIZEN)
    world.clock.pass_(days=31)
    assert (await world.expiry.step(10)).messages == 4
    world.clock.pass_(days=60)
    assert (await world.expiry.step(10)).messages == 1
    lines = await world.store.read(lambda tx: tx.journal.entries(citizen.id, "expired"))
    assert [line.detail for line in reversed(lines)] == [
        {"day": "2026-11-22", "messages": "4", "folder": "3", "expires": "1"},
        {"day": "2026-11-22", "messages": "1", "retention": "1"},
    ]
    assert Counter(line.actor for line in lines) == {"rule:RET-1": 2}


async def test_the_journal_tells_of_keys_and_of_what_the_holder_deleted(world: World) -> None:
    doctor, citizen = await a_letter_received(world)
    world.clock.pass_(days=1)
    await world.send(doctor, a_letter(doctor, CITIZEN, message_id="<second@x>"), CITIZEN)

    def delete_one(tx: Transaction) -> None:
        inbox = tx.mailboxes.by_name(citizen.id, INBOX)
        assert inbox is not None
        tx.messages.remove(inbox.id, [Uid(1)], world.clock.now())

    world.clock.pass_(days=2)
    await world.store.write(delete_one, "expunge")
    world.clock.pass_(minutes=11)
    assert (await world.expiry.step(10)).keys == 1
    world.clock.pass_(days=90)
    assert (await world.expiry.step(10)).keys == 1
    lines = await world.store.read(lambda tx: tx.journal.entries(citizen.id))
    told = [(line.event, line.detail) for line in reversed(lines) if line.actor == "rule:RET-1"]
    assert told == [
        ("messages_erased", {"day": "2026-11-22", "messages": "1", "reason": "deletion"}),
        ("keys_destroyed", {"keys": "1", "first": "2026-11-22", "last": "2026-11-22", "reason": "deletion"}),
        ("expired", {"day": "2026-11-23", "messages": "1", "retention": "1"}),
        ("keys_destroyed", {"keys": "1", "first": "2026-11-23", "last": "2026-11-23", "reason": "expiry"}),
    ]


async def test_more_messages_than_a_unit_takes_all_go_in_one_step(world: World) -> None:
    _, citizen = await a_letter_received(world)

    def many(tx: Transaction) -> None:
        inbox = tx.mailboxes.by_name(citizen.id, INBOX)
        assert inbox is not None
        while tx.mailboxes.message_count(inbox.id) < AT_ONCE + 20:
            uids = [row.uid for row in tx.messages.rows(inbox.id)]
            tx.messages.copy(inbox.id, uids, inbox.id, world.clock.now())

    await world.store.write(many, "copy")
    held = (await counts(world, citizen))[INBOX]
    world.clock.pass_(days=91)
    assert (await world.expiry.step(AT_ONCE + 5)).messages == AT_ONCE + 5
    assert await counts(world, citizen) == {INBOX: held - AT_ONCE - 5}
    assert (await world.expiry.step(1_000)).messages == held - AT_ONCE - 5
    assert len(await world.vault.days(citizen.id)) == 0


async def test_who_uploads_a_letter_again_does_not_rid_it_of_its_senders_wish(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    for days in (5, -5):
        letter = a_letter(doctor, CITIZEN, expires=format_datetime(NOON + timedelta(days=days)))
        uploaded = world.mailboxes.begin_append()
        uploaded.feed(letter)
        await world.mailboxes.append(citizen, INBOX, [Appended(uploaded, FlagSet(0), (), None)])
    assert (await world.expiry.step(10)).messages == 0  # a date that has passed is a wrong clock, not a wish
    world.clock.pass_(days=6)
    assert (await world.expiry.step(10)).messages == 1
    assert await counts(world, citizen) == {INBOX: 1}
