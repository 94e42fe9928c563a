"""What was expunged is forgotten, a bounded piece at a time, and whoever asks later is not misled."""

from tests.support.builders import DOCTOR, OTHER_DOCTOR
from tests.support.world import World

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.mailbox import DELETED, INBOX, SEEN, FlagSet, Mailbox, ModSeq, Uid
from vaguemestre.service.mailboxes import changes as message_changes
from vaguemestre.service.mailboxes.changes import FlagChange, FlagMode
from vaguemestre.service.mailboxes.forgetting import Forgetting
from vaguemestre.service.mailboxes.open_mailbox import Update
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.store import Transaction

EVERYTHING = ModSeq(2**62)


def nobody(_: Update) -> None:
    """A session that is told nothing."""


async def a_full_inbox(world: World, holder: Bal, count: int) -> Mailbox:
    spool = world.vault.spool()
    spool.feed(b"x")
    sealed = await world.vault.seal(holder.id, spool, b"card", world.clock.now())

    def fill(tx: Transaction) -> Mailbox:
        box = tx.mailboxes.by_name(holder.id, INBOX)
        assert box is not None
        tx.messages.add_body(sealed, world.clock.now())
        tx.messages.file(box.id, [NewMessage(sealed.id, FlagSet(0), 1, 0, None, world.clock.now())] * count)
        return box

    return await world.store.write(fill, "test")


async def expunge(world: World, box: Mailbox, *uids: int, forget: bool = False) -> None:
    def unit(tx: Transaction) -> None:
        tx.messages.remove(box.id, [Uid(uid) for uid in uids], world.clock.now())
        if forget:
            tx.expunged.forget(box.id, EVERYTHING, 1_000)

    await world.store.write(unit, "test")


async def test_each_mailbox_keeps_its_latest_and_every_step_is_bounded(world: World) -> None:
    doctor, other = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    first, second = await a_full_inbox(world, doctor, 30), await a_full_inbox(world, other, 30)
    for uid in range(1, 26):
        await expunge(world, first, uid)
    await expunge(world, second, *range(1, 22))
    forgetting = Forgetting(world.store, kept=10)

    async def remembered(box: Mailbox, after: int) -> list[Uid] | None:
        return await world.store.read(lambda tx: tx.expunged.after(box.id, ModSeq(after)))

    modseq = 2  # of the messages' arrival
    assert await forgetting.run_once(4) == 4
    assert await remembered(first, modseq + 3) is None
    assert await remembered(first, modseq + 4) == list(range(5, 26))
    while (done := await forgetting.run_once(4)) >= 4:
        assert done == 4
    assert await remembered(first, modseq + 14) is None
    assert await remembered(first, modseq + 15) == list(range(16, 26))
    # They went together: what is left of them is of use to nobody.
    assert await remembered(second, modseq) is None
    assert await remembered(second, modseq + 1) == []
    assert await forgetting.run_once(4) == 2  # two mailboxes looked at, and nothing to do
    assert await forgetting.run_once(1) == 1
    assert await forgetting.run_once(1) == 1
    assert await forgetting.run_once(1) == 0


async def test_a_mailbox_that_is_open_compares_when_it_is_forgotten_what_went(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    box = await a_full_inbox(world, doctor, 9)
    told: list[Update] = []
    opened, leave = await world.mailboxes.open(doctor.id, INBOX, told.append)

    def unit(tx: Transaction) -> None:
        tx.messages.set_flags(box.id, [(Uid(4), SEEN)])
        tx.messages.remove(box.id, [Uid(2), Uid(9)], world.clock.now())
        tx.expunged.forget(box.id, EVERYTHING, 1_000)

    await world.store.write(unit, "test")
    await opened.refresh()
    assert opened.uids == [1, 3, 4, 5, 6, 7, 8]
    assert [row.uid for update in told for row in update.vanished] == [2, 9]
    assert [row.uid for update in told for row in update.rows] == [4]
    assert opened.rows[Uid(4)].flags == SEEN
    assert await opened.vanished(ModSeq(2)) is None
    leave()


async def test_a_change_decided_before_leaves_alone_what_went_and_is_forgotten(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    box = await a_full_inbox(world, doctor, 5)
    opened, leave = await world.mailboxes.open(doctor.id, INBOX, nobody)
    selection = opened.select(doctor, [Uid(1), Uid(2), Uid(3)])
    await expunge(world, box, 2, 5, forget=True)
    change = FlagChange(FlagMode.ADD, DELETED)
    stored = await world.store.write(lambda tx: message_changes.store_flags(tx, selection, change), "test")
    assert stored.uids == {1, 3}
    effect = await world.store.write(lambda tx: message_changes.expunge_messages(tx, selection), "test")
    assert effect.vanished == [1, 3]
    leave()
