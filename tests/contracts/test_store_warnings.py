"""How far warnings have come, and to whom a digest is owed, in every database. domain.md §3."""

from dataclasses import replace
from datetime import UTC, datetime

from tests.contracts.test_store_aging import DAY, NOW, TRASH, a_bal, file_aged

from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.mailbox import INBOX, Mailbox, SpecialUse, Uid
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.warning import Going, Walk

NOTHING = Going(0, None, None)


async def test_a_walk_is_remembered_where_it_is_and_where_it_goes_back_to(store: Store) -> None:
    walk = Walk(datetime(2026, 3, 1, tzinfo=UTC))
    back = replace(walk, goal=NOW - 9 * DAY, cleared=NOW - 8 * DAY)
    assert await store.read(lambda tx: tx.warnings.walk("wish")) is None
    for step in (walk, back, walk):

        def unit(tx: Transaction, step: Walk = step) -> Walk | None:
            tx.warnings.set_walk("wish", step)
            return tx.warnings.walk("wish")

        assert await store.write(unit, "test") == step
    assert await store.read(lambda tx: tx.warnings.walk("other")) is None


async def test_a_digest_is_owed_once_and_what_was_announced_stays_so(store: Store) -> None:
    first, second = await store.write(lambda tx: (a_bal(tx).id, a_bal(tx, BalKind.PER).id), "test")

    def owe(tx: Transaction) -> None:
        for bal in (second, first, second):
            tx.warnings.owe(bal)

    await store.write(owe, "test")
    assert await store.read(lambda tx: tx.warnings.owing(10)) == [first, second]
    assert await store.read(lambda tx: tx.warnings.owing(1)) == [first]
    await store.write(lambda tx: tx.warnings.settle(first, NOW), "test")
    await store.write(lambda tx: tx.warnings.settle(second, None), "test")
    assert await store.read(lambda tx: tx.warnings.owing(10)) == []
    await store.write(lambda tx: tx.warnings.owe(first), "test")
    assert await store.read(lambda tx: tx.warnings.announced(first)) == NOW
    assert await store.read(lambda tx: tx.warnings.announced(second)) is None
    await store.write(lambda tx: tx.warnings.settle(first, None), "test")
    assert await store.read(lambda tx: tx.warnings.announced(first)) == NOW


async def test_what_goes_in_a_span_is_counted_by_the_delays_alone(store: Store) -> None:
    def unit(tx: Transaction) -> tuple[Mailbox, Mailbox]:
        bal = a_bal(tx)
        box = tx.mailboxes.create(bal.id, INBOX, None, NOW)
        file_aged(tx, box, [(85, None), (80, None), (88, 1), (88, 5), (60, None), (95, None)])
        trash = tx.mailboxes.create(bal.id, "Trash", SpecialUse.TRASH, NOW)
        tx.messages.copy(box.id, [Uid(1), Uid(5)], trash.id, NOW - 27 * DAY)
        return box, trash

    box, trash = await store.write(unit, "test")

    span = (NOW, NOW + 7 * DAY)
    found = await store.read(lambda tx: tx.warnings.going(box.id, 90 * DAY, None, *span))
    assert found == Going(2, NOW + 2 * DAY, NOW + 5 * DAY)
    thrown = await store.read(lambda tx: tx.warnings.going(trash.id, 90 * DAY, 30 * DAY, *span))
    assert thrown == Going(2, NOW + 3 * DAY, NOW + 3 * DAY)
    assert trash.drawer == TRASH
    later = (NOW + 50 * DAY, NOW + 60 * DAY)
    assert await store.read(lambda tx: tx.warnings.going(box.id, 90 * DAY, None, *later)) == NOTHING
