"""A large mailbox is opened a slice at a time, and what happens meanwhile is not missed."""

import asyncio

from tests.support.builders import DOCTOR
from tests.support.world import World

from vaguemestre.mail.mailbox import INBOX, SEEN, BodyId, FlagSet, Mailbox, ModSeq, Uid
from vaguemestre.service.mailboxes.keeping import Mailboxes
from vaguemestre.service.mailboxes.open_mailbox import ROWS_AT_ONCE, Update
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.vault import SealedBody

MANY = 3 * ROWS_AT_ONCE + 7


def nobody(_: Update) -> None:
    """A session that is told nothing."""


async def test_changes_made_while_it_is_opened_are_all_known(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    spool = world.vault.spool()
    spool.feed(b"x")
    sealed = await world.vault.seal(doctor.id, spool, b"card", world.clock.now())

    def file(tx: Transaction, box: Mailbox, body: SealedBody | BodyId, count: int) -> None:
        if isinstance(body, SealedBody):
            tx.messages.add_body(body, world.clock.now())
        new = NewMessage(sealed.id, FlagSet(0), 1, 0, None, world.clock.now())
        tx.messages.file(box.id, [new] * count)

    def fill(tx: Transaction) -> Mailbox:
        box = tx.mailboxes.by_name(doctor.id, INBOX)
        assert box is not None
        file(tx, box, sealed, MANY)
        return box

    box = await world.store.write(fill, "test")

    def change(tx: Transaction) -> None:
        last = Uid(tx.messages.rows(box.id)[-1].uid)
        tx.messages.remove(box.id, [Uid(last // 2), Uid(2), last], world.clock.now())
        tx.messages.set_flags(box.id, [(Uid(1), SEEN), (Uid(last - 1), SEEN)])
        file(tx, box, sealed.id, 1)

    mailboxes = Mailboxes(world.store, world.vault, world.clock)
    opening = asyncio.create_task(mailboxes.open(doctor.id, INBOX, nobody))
    while not opening.done():
        await world.store.write(change, "test")
    opened, leave = await opening
    await opened.refresh()
    rows = await world.store.read(lambda tx: tx.messages.rows(box.id, ModSeq(0)))
    assert list(opened.rows.values()) != []
    assert [opened.rows[uid] for uid in opened.uids] == rows
    assert len(opened.rows) == len(rows)
    leave()
