"""Debts to people at other operators, on every database: one a pair and side, struck once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from vaguemestre.mail.address import Address
from vaguemestre.mail.conversation import ClosedBy, ConversationId
from vaguemestre.service.ports.owed_elsewhere import OwedElsewhere, Whom
from vaguemestre.service.ports.store import Store, Transaction

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
PATIENT = Address("277076322082910", "patients.example.fr")
CLAIRE = Address("Claire.Martin", "cabinet.mssante.fr")
PAUL = Address("paul.durand", "cabinet.mssante.fr")


def a_conversation(tx: Transaction) -> ConversationId:
    return tx.conversations.start(tx.correspondents.meet(PATIENT, NOW), NOW).id


async def test_the_first_debt_stands_and_is_struck_once(store: Store) -> None:
    conversation = await store.write(a_conversation, "test")
    first = OwedElsewhere(Whom.CITIZEN, CLAIRE, conversation, ClosedBy.KEYWORD, NOW)
    later = OwedElsewhere(
        Whom.CITIZEN, replace(CLAIRE, local="claire.martin"), conversation, ClosedBy.OPERATOR, NOW
    )

    def owe(tx: Transaction) -> None:
        tx.owed_elsewhere.owe(first)
        tx.owed_elsewhere.owe(later)

    await store.write(owe, "test")
    assert await store.read(lambda tx: tx.owed_elsewhere.due(10)) == [first]
    assert await store.write(lambda tx: tx.owed_elsewhere.strike(later), "test")
    assert not await store.write(lambda tx: tx.owed_elsewhere.strike(first), "test")
    assert await store.read(lambda tx: tx.owed_elsewhere.due(10)) == []


async def test_debts_come_by_side_and_professional_and_no_more_than_asked(store: Store) -> None:
    one, two = [await store.write(a_conversation, "test") for _ in range(2)]
    since = NOW + timedelta(hours=1)
    wanted = [
        OwedElsewhere(Whom.CITIZEN, CLAIRE, one, ClosedBy.FOLDER, since),
        OwedElsewhere(Whom.CITIZEN, CLAIRE, two, ClosedBy.FOLDER, since),
        OwedElsewhere(Whom.CITIZEN, PAUL, one, None, since),
        OwedElsewhere(Whom.PROFESSIONAL, CLAIRE, one, ClosedBy.ACCOUNT, since),
    ]

    def owe(tx: Transaction) -> None:
        for owed in reversed(wanted):
            tx.owed_elsewhere.owe(owed)

    await store.write(owe, "test")
    assert await store.read(lambda tx: tx.owed_elsewhere.due(3)) == wanted[:3]
    assert await store.read(lambda tx: tx.owed_elsewhere.due(10)) == wanted
