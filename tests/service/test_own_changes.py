"""What a session does itself is known without asking, and what others do meanwhile is not missed."""

import asyncio
from collections.abc import Sequence

from tests.support.builders import DOCTOR
from tests.support.world import World

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.mailbox import DELETED, FLAGGED, INBOX, SEEN, FlagSet, MailboxId, MessageRow, Uid
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode
from vaguemestre.service.mailboxes.keeping import Mailboxes
from vaguemestre.service.mailboxes.open_mailbox import OpenMailbox, Update
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.store import Transaction

COUNT = 20


async def filled(world: World, doctor: Bal) -> MailboxId:
    """The INBOX of a doctor, with some messages."""
    spool = world.vault.spool()
    spool.feed(b"x")
    sealed = await world.vault.seal(doctor.id, spool, b"card", world.clock.now())

    def fill(tx: Transaction) -> MailboxId:
        box = tx.mailboxes.by_name(doctor.id, INBOX)
        assert box is not None
        tx.messages.add_body(sealed, world.clock.now())
        new = NewMessage(sealed.id, FlagSet(0), 1, 0, None, world.clock.now())
        tx.messages.file(box.id, [new] * COUNT)
        return box.id

    return await world.store.write(fill, "test")


def mailboxes(world: World) -> Mailboxes:
    return Mailboxes(world.store, world.vault, world.clock)


async def rows_of(world: World, box: MailboxId) -> Sequence[MessageRow]:
    return await world.store.read(lambda tx: tx.messages.rows(box))


def known(opened: OpenMailbox) -> list[MessageRow]:
    return [opened.rows[uid] for uid in opened.uids]


async def test_each_change_of_ones_own_is_told_once_and_is_as_it_is_stored(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    box = await filled(world, doctor)
    told: list[Update] = []
    opened, leave = await mailboxes(world).open(doctor.id, INBOX, told.append)
    told.clear()
    await opened.store_flags(doctor, opened.uids[:3], FlagChange(FlagMode.ADD, SEEN))
    await opened.store_flags(doctor, opened.uids[:1], FlagChange(FlagMode.ADD, SEEN))  # has it already
    await opened.store_flags(doctor, opened.uids[:2], FlagChange(FlagMode.ADD, DELETED, ("$Neuf",)))
    await opened.expunge(doctor, opened.uids)
    await asyncio.sleep(0)
    assert [len(update.rows) for update in told] == [3, 2, 0]
    assert [len(update.vanished) for update in told] == [0, 0, 2]
    assert known(opened) == await rows_of(world, box)
    assert "$Neuf" in opened.keywords
    leave()


async def test_a_change_by_somebody_else_just_before_is_known_with_ones_own(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    box = await filled(world, doctor)
    opened, leave = await mailboxes(world).open(doctor.id, INBOX, lambda _: None)

    def elsewhere(tx: Transaction) -> None:
        tx.messages.set_flags(box, [(Uid(2), FLAGGED)])
        tx.messages.remove(box, [Uid(3)], world.clock.now())

    async with asyncio.TaskGroup() as tasks:
        for uid in opened.uids[3:10]:
            tasks.create_task(world.store.write(elsewhere, "test"))
            tasks.create_task(opened.store_flags(doctor, [uid], FlagChange(FlagMode.ADD, SEEN)))
        tasks.create_task(opened.expunge(doctor, opened.uids[5:7]))
    assert known(opened) == await rows_of(world, box)
    leave()


async def test_of_two_who_open_it_apart_each_knows_what_both_did(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    box = await filled(world, doctor)
    first, leave_first = await mailboxes(world).open(doctor.id, INBOX, lambda _: None)
    second, leave_second = await mailboxes(world).open(doctor.id, INBOX, lambda _: None)
    async with asyncio.TaskGroup() as tasks:
        for number, uid in enumerate(first.uids):
            opened = (first, second)[number % 2]
            tasks.create_task(opened.store_flags(doctor, [uid], FlagChange(FlagMode.ADD, DELETED)))
            if number % 5 == 0:
                tasks.create_task(opened.expunge(doctor, [uid]))
    await first.refresh()
    await second.refresh()
    assert known(first) == known(second) == await rows_of(world, box)
    leave_first()
    leave_second()
