"""Whoever is going to lose messages is warned, once, and of nothing but that. domain.md §3."""

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.letters import a_letter
from tests.support.world import World, a_world

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.mailbox import EXPIRES_SOON, FIRST_KEYWORD_BIT, INBOX, Drawer, FlagSet, Uid
from vaguemestre.policy.retention import Retention
from vaguemestre.service.expiry.warnings import AT_ONCE, ExpiryWarnings
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode
from vaguemestre.service.mailboxes.open_mailbox import Update
from vaguemestre.service.ports.store import Transaction

PERIOD = timedelta(days=7)


async def two_people(world: World) -> tuple[Bal, Bal]:
    return await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)


async def letters(world: World, doctor: Bal, count: int, *, days: int | None = None) -> None:
    """So many; ``days``: gone by then, if the sender has his way."""
    expires = None if days is None else format_datetime(world.clock.now() + timedelta(days=days))
    for number in range(count):
        name = f"<{number}.{world.clock.now():%j%H%M}.{days}@x>"
        letter = a_letter(doctor, CITIZEN, message_id=name, expires=expires)
        assert (await world.send(doctor, letter, CITIZEN)).is_positive


async def marked(world: World, bal: Bal, mailbox: str = INBOX) -> dict[int, bool]:
    """Of each message, whether it bears the keyword."""

    def unit(tx: Transaction) -> dict[int, bool]:
        names = [name.lower() for name in tx.mailboxes.keywords(bal.id)]
        known = EXPIRES_SOON.lower() in names
        bit = 1 << FIRST_KEYWORD_BIT + names.index(EXPIRES_SOON.lower()) if known else 0
        found = tx.mailboxes.by_name(bal.id, mailbox)
        assert found is not None
        return {row.uid: bool(row.flags & bit) for row in tx.messages.rows(found.id)}

    return await world.store.read(unit)


async def text_of(world: World, bal: Bal, uid: int) -> str:
    (row,) = [row for row in await world.inbox(bal) if row.uid == uid]
    message = message_from_bytes(await world.octets(row), EmailMessage, policy=policy.default)
    return f"{message['Subject']}\n{message.get_content()}"


async def test_messages_bear_the_keyword_so_many_days_before_they_go(world: World) -> None:
    doctor, citizen = await two_people(world)
    await letters(world, doctor, 2)
    world.clock.pass_(days=5)
    await letters(world, doctor, 1)
    world.clock.pass_(days=77)
    assert await world.warnings.run_once(500) == 0
    world.clock.pass_(days=2)
    await world.warnings.run_once(500)
    assert await marked(world, citizen) == {1: True, 2: True, 3: False, 4: True}  # the last is the digest


async def test_one_digest_tells_how_many_and_between_which_days_and_not_again(world: World) -> None:
    doctor, citizen = await two_people(world)
    await letters(world, doctor, 2)
    world.clock.pass_(days=5)
    await letters(world, doctor, 1)
    world.clock.pass_(days=79)
    for _ in range(6):
        await world.warnings.run_once(500)
        world.clock.pass_(days=1)
    assert list(await marked(world, citizen)) == [1, 2, 3, 4]
    text = await text_of(world, citizen, 4)
    assert "Des messages vont expirer" in text
    assert "3 messages de cette boîte seront effacés entre le 20/02/2027 et le 25/02/2027" in text
    assert "3 messages of this mailbox will be removed" in text
    assert "Compte rendu" not in text
    (row,) = [row for row in await world.inbox(citizen) if row.uid == 4]
    assert b"\r\nExpires: Sun, 28 Feb 2027 " in await world.octets(row)  # when it goes, and it does
    (line,) = await world.store.read(lambda tx: tx.journal.entries(citizen.id, "warned"))
    assert line.detail == {"messages": "3", "until": "2027-02-28"}
    assert await world.store.read(lambda tx: tx.warnings.owing(10)) == []


async def test_who_receives_every_day_reads_a_digest_a_period_and_each_message_in_one(world: World) -> None:
    doctor, citizen = await two_people(world)
    for _ in range(30):
        await letters(world, doctor, 1)
        world.clock.pass_(days=1)
    world.clock.pass_(days=50)
    for _ in range(50):
        await world.warnings.run_once(500)
        await world.expiry.step(500)
        world.clock.pass_(days=1)
    lines = await world.store.read(lambda tx: tx.journal.entries(citizen.id, "warned"))
    assert len(lines) == 4
    assert sum(int(line.detail["messages"]) for line in lines) == 30
    assert all(a.at - b.at >= PERIOD for a, b in pairwise(lines))
    assert await world.inbox(citizen) == []  # digests too went when their time was over


async def test_an_open_session_is_told_like_of_any_flag(world: World) -> None:
    doctor, citizen = await two_people(world)
    await letters(world, doctor, 1)
    told: list[Update] = []
    opened, leave = await world.mailboxes.open(citizen.id, INBOX, told.append)
    before = opened.rows[Uid(1)].modseq
    world.clock.pass_(days=84)
    await world.warnings.run_once(500)
    await opened.refresh()
    assert [row.uid for update in told for row in update.rows if row.uid == 1] == [1]
    assert opened.rows[Uid(1)].modseq > before
    leave()


async def test_nobody_is_warned_of_his_trash_nor_told_of_what_senders_wished(world: World) -> None:
    doctor, citizen = await two_people(world)
    await letters(world, doctor, 1, days=20)
    await letters(world, doctor, 1)

    def throw_away(tx: Transaction) -> None:
        inbox, trash = tx.mailboxes.by_name(citizen.id, INBOX), tx.mailboxes.by_name(citizen.id, "Trash")
        assert inbox is not None
        assert trash is not None
        tx.messages.copy(inbox.id, [Uid(2)], trash.id, world.clock.now())
        tx.messages.remove(inbox.id, [Uid(2)], world.clock.now())

    await world.store.write(throw_away, "move")
    world.clock.pass_(days=14)
    await world.warnings.run_once(500)
    assert await marked(world, citizen) == {1: True}
    world.clock.pass_(days=70)
    await world.warnings.run_once(500)
    assert await marked(world, citizen, "Trash") == {1: False}
    assert await world.store.read(lambda tx: tx.journal.entries(citizen.id, "warned")) == []


async def test_programs_get_the_keyword_and_no_digest(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    program = await world.bal("logiciel@cabinet.mssante.fr", BalKind.APP)
    letter = a_letter(doctor, str(program.address))
    assert (await world.send(doctor, letter, str(program.address))).is_positive
    world.clock.pass_(days=84)
    await world.warnings.run_once(500)
    assert await marked(world, program) == {1: True}


@pytest.mark.parametrize("count", [3, 7])
async def test_the_keyword_goes_when_the_delay_is_lengthened_and_comes_back(
    world: World, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr("vaguemestre.service.expiry.warnings.AT_ONCE", 3)
    doctor, citizen = await two_people(world)
    await letters(world, doctor, count)
    world.clock.pass_(days=84)
    await world.warnings.run_once(500)
    assert set((await marked(world, citizen)).values()) == {True}
    longer = ExpiryWarnings(
        world.store,
        world.vault,
        world.clock,
        Retention({BalKind.CITIZEN: timedelta(days=100)}),
        PERIOD,
        "mail.test",
    )
    for _ in range(3):
        await longer.run_once(500)
    found = await marked(world, citizen)
    assert [found[uid] for uid in range(1, count + 1)] == [False] * count
    world.clock.pass_(days=10)
    await longer.run_once(500)
    found = await marked(world, citizen)
    assert [found[uid] for uid in range(1, count + 1)] == [True] * count


async def test_a_client_can_neither_put_the_keyword_nor_take_it_away(world: World) -> None:
    doctor, citizen = await two_people(world)
    await letters(world, doctor, 2)
    world.clock.pass_(days=84)
    await world.warnings.run_once(500)
    opened, leave = await world.mailboxes.open(citizen.id, INBOX, lambda _: None)
    for mode in FlagMode:
        await opened.store_flags(citizen, [Uid(1)], FlagChange(mode, FlagSet(0), (EXPIRES_SOON,)))
        assert (await marked(world, citizen))[1]
    await opened.copy(citizen, [Uid(1)], "Sent")
    assert await marked(world, citizen, "Sent") == {1: True}
    leave()


async def test_many_messages_are_marked_in_bounded_units(tmp_path: Path) -> None:
    retention = Retention(by_drawer={Drawer("Archive"): timedelta(days=60)})
    async with a_world(tmp_path, retention=retention) as world:
        doctor, citizen = await two_people(world)
        await letters(world, doctor, 5)
        await world.mailboxes.create(citizen.id, "Archive")
        await world.expiry.settle_once(100)

        def many(tx: Transaction) -> None:
            inbox, archive = (
                tx.mailboxes.by_name(citizen.id, INBOX),
                tx.mailboxes.by_name(citizen.id, "Archive"),
            )
            assert inbox is not None
            assert archive is not None
            for number in range(AT_ONCE // 2):
                now = world.clock.now() + timedelta(seconds=number // 4)
                tx.messages.copy(inbox.id, [Uid(uid) for uid in range(1, 6)], archive.id, now)

        await world.store.write(many, "copy")
        world.clock.pass_(days=54)
        assert await world.warnings.run_once(1000) > AT_ONCE
        assert set((await marked(world, citizen, "Archive")).values()) == {True}
