"""A mailbox seen without its content: all that helps, nothing that was written, and its holder told."""

from datetime import timedelta
from email.utils import format_datetime

import pytest
from tests.support.builders import CITIZEN, DOCTOR, NOON, a_policy
from tests.support.letters import a_letter
from tests.support.world import World

from vaguemestre.mail.bal import Bal, BalId, BalKind
from vaguemestre.mail.mailbox import ACCESS_HISTORY, Drawer, MailboxId, SpecialUse, Uid
from vaguemestre.policy.retention import Reason, Retention
from vaguemestre.service.access.looking import BalUnknown, Folder, Looking
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.submission import Sent

TRASH = Drawer(SpecialUse.TRASH.value)


def looking_in(world: World, retention: Retention | None = None) -> Looking:
    return Looking(world.store, world.vault, world.clock, "mail.test", a_policy(), retention or Retention())


async def people(world: World, letters: int = 1) -> tuple[Bal, Bal]:
    doctor, citizen = (
        await world.bal(DOCTOR),
        await world.bal(CITIZEN, BalKind.CITIZEN, password="une phrase"),
    )
    for number in range(letters):
        await world.send(doctor, a_letter(doctor, CITIZEN, message_id=f"<{number}@x>"), CITIZEN)
    return doctor, citizen


async def folder_of(looking: Looking, bal: Bal, name: str) -> Folder:
    looked = await looking.look(bal.id, "ann")
    return next(folder for folder in looked.folders if folder.mailbox.name == name)


async def test_what_is_there_is_counted_and_what_goes_soon(world: World) -> None:
    doctor, citizen = await people(world)
    soon = format_datetime(NOON + timedelta(days=5))
    await world.send(doctor, a_letter(doctor, CITIZEN, message_id="<soon@x>", expires=soon), CITIZEN)
    looking = looking_in(world)
    inbox = await folder_of(looking, citizen, "INBOX")
    assert (inbox.counts.messages, inbox.counts.unseen, inbox.soon, inbox.later) == (2, 2, 1, 1)
    world.clock.pass_(days=61)
    inbox = await folder_of(looking, citizen, "INBOX")
    assert (inbox.soon, inbox.later) == (1, 2)
    assert (await folder_of(looking, doctor, "INBOX")).soon == 0


async def test_a_drawer_of_its_own_delay_counts_from_when_it_was_put_there(world: World) -> None:
    _, citizen = await people(world)
    looking = looking_in(world, Retention(by_drawer={TRASH: timedelta(days=10)}))
    inbox = (await folder_of(looking, citizen, "INBOX")).mailbox
    trash = (await folder_of(looking, citizen, "Trash")).mailbox
    await world.store.write(
        lambda tx: tx.messages.copy(inbox.id, [Uid(1)], trash.id, world.clock.now()), "test"
    )
    assert (await folder_of(looking, citizen, "Trash")).soon == 0
    assert (await folder_of(looking, citizen, "Trash")).later == 1
    world.clock.pass_(days=3)
    assert (await folder_of(looking, citizen, "Trash")).soon == 1
    (line,) = (await looking.messages(citizen.id, "ann", trash.id)).lines
    assert line.goes is not None
    assert (line.goes.at, line.goes.reason) == (NOON + timedelta(days=10), Reason.FOLDER)


async def test_sign_ins_limits_and_conversations_are_told(world: World) -> None:
    doctor, citizen = await people(world, letters=3)
    looked = await looking_in(world).look(citizen.id, "ann")
    (device,) = looked.sign_ins.devices
    assert (device.name, device.used_at) == ("", None)
    assert len(looked.conversations) == 3
    assert looked.bounds.sent == Sent(0, 0)
    assert (looked.sent.traces, looked.received.more) == ((), False)
    assert {one.sender for one in looked.received.traces} == {doctor.id}
    assert len(looked.received.traces) == 3
    assert (await looking_in(world).look(doctor.id, "ann")).bounds.sent == Sent(3, 3)
    assert (await looking_in(world).look(doctor.id, "ann")).sent.traces == looked.received.traces
    world.clock.pass_(days=1, seconds=1)
    assert (await looking_in(world).look(doctor.id, "ann")).bounds.sent == Sent(0, 0)


async def test_a_folder_is_seen_page_by_page_without_a_word_of_it(world: World) -> None:
    _, citizen = await people(world, letters=52)
    looking = looking_in(world)
    inbox = (await folder_of(looking, citizen, "INBOX")).mailbox.id
    first = await looking.messages(citizen.id, "ann", inbox)
    assert ([line.uid for line in first.lines], first.more) == (list(range(52, 2, -1)), True)
    second = await looking.messages(citizen.id, "ann", inbox, first.lines[-1].uid)
    assert ([line.uid for line in second.lines], second.more) == ([2, 1], False)
    assert "Compte rendu" not in repr((first, second))
    assert len(await world.rows(citizen, ACCESS_HISTORY)) == 3
    entries = await world.store.read(lambda tx: tx.journal.entries(citizen.id, "inspected"))
    assert [entry.detail.get("mailbox") for entry in entries] == [str(inbox), str(inbox), None]
    assert {entry.detail["scope"] for entry in entries} == {"metadata"}


async def test_what_is_not_there_is_not_told_of(world: World) -> None:
    doctor, citizen = await people(world)
    looking = looking_in(world)

    def inbox(tx: Transaction) -> MailboxId:
        return tx.mailboxes.of(doctor.id)[0].id

    for nowhere in (
        looking.look(BalId(99), "ann"),
        looking.messages(citizen.id, "ann", await world.store.read(inbox)),
        looking.messages(citizen.id, "ann", MailboxId(999)),
    ):
        with pytest.raises(BalUnknown):
            await nowhere
    assert await world.rows(citizen, ACCESS_HISTORY) == []
