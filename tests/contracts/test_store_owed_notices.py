"""Debts of notices, on every database: one a bal and conversation, struck once."""

from datetime import UTC, datetime, timedelta

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.mail.conversation import ClosedBy, ConversationId
from vaguemestre.mail.mailbox import INBOX, BodyId, FlagSet
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.service.ports.owed_notice import OwedNotice
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDay, SealedBody

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
CITIZEN = Address("191070000002243", "patient.mssante.fr")


def a_conversation(tx: Transaction) -> tuple[BalId, ConversationId]:
    known = tx.bals.by_address(CITIZEN)
    bal = known or tx.bals.add(NewBal(CITIZEN, BalKind.CITIZEN, BalState.ACTIVE), NOW)
    return bal.id, tx.conversations.start(bal.id, NOW).id


async def test_the_first_debt_stands_and_is_struck_once(store: Store) -> None:
    bal, conversation = await store.write(a_conversation, "test")

    def owe(tx: Transaction) -> None:
        tx.owed_notices.owe(bal, conversation, ClosedBy.HEADER, NOW)
        tx.owed_notices.owe(bal, conversation, ClosedBy.INACTIVITY, NOW + timedelta(days=1))

    await store.write(owe, "test")
    owed = OwedNotice(bal, conversation, ClosedBy.HEADER, NOW)
    assert await store.read(lambda tx: tx.owed_notices.due(10)) == [owed]
    assert await store.write(lambda tx: tx.owed_notices.strike(owed), "test")
    assert not await store.write(lambda tx: tx.owed_notices.strike(owed), "test")
    assert await store.read(lambda tx: tx.owed_notices.due(10)) == []


async def test_debts_come_by_bal_and_no_more_than_asked(store: Store) -> None:
    made = [await store.write(a_conversation, "test") for _ in range(3)]

    def owe(tx: Transaction) -> None:
        for bal, conversation in reversed(made):
            tx.owed_notices.owe(bal, conversation, ClosedBy.SUBJECT, NOW)

    await store.write(owe, "test")
    due = await store.read(lambda tx: tx.owed_notices.due(2))
    assert [(one.bal, one.conversation) for one in due] == made[:2]


async def test_the_latest_message_of_a_conversation_is_the_one_filed_last_in_that_bal(store: Store) -> None:
    bal, conversation = await store.write(a_conversation, "test")

    def file(tx: Transaction) -> None:
        inbox = tx.mailboxes.create(bal, INBOX, None, NOW)
        for number in range(3):
            body = BodyId(bytes([number]) * 16)
            tx.messages.add_body(SealedBody(body, bal, KeyDay(1), 3, b"abc", None, None, b"card"), NOW)
            at = NOW + timedelta(seconds=number)
            of = conversation if number < 2 else None
            tx.messages.file(inbox.id, [NewMessage(body, FlagSet(0), 3, 0, of, at)])

    await store.write(file, "test")
    latest = await store.read(lambda tx: tx.owed_notices.latest_messages(bal, conversation, 1))
    assert latest == [BodyId(bytes([1]) * 16)]
    both = await store.read(lambda tx: tx.owed_notices.latest_messages(bal, conversation, 9))
    assert both == [BodyId(bytes([1]) * 16), BodyId(bytes([0]) * 16)]
    assert await store.read(lambda tx: tx.owed_notices.latest_messages(BalId(bal + 1), conversation, 1)) == []
