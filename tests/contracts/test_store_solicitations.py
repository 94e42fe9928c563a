"""Budgets, what is counted against them, and answers that are owed: alike on both databases."""

from datetime import UTC, datetime, timedelta

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.policy.solicitation import NO_BUDGET
from vaguemestre.service.answer_port import NewAnswer, OwedAnswer, Said
from vaguemestre.service.solicitation_port import Counted
from vaguemestre.service.store_port import NewBal, Store, Transaction

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
CLAIRE, PAUL = Address("Claire", "cabinet.fr"), Address("paul", "cabinet.fr")


def people(tx: Transaction) -> tuple[BalId, ConversationId, ConversationId]:
    doctor = tx.bals.add(NewBal(CLAIRE, BalKind.PER, BalState.ACTIVE), NOW).id
    citizen = tx.bals.add(NewBal(Address("a", "patient.fr"), BalKind.CITIZEN, BalState.ACTIVE), NOW).id
    return doctor, tx.conversations.start(citizen, NOW).id, tx.conversations.start(citizen, NOW).id


async def test_a_budget_is_set_changed_and_taken_back(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        doctor, _, _ = people(tx)
        assert tx.solicitations.budget(doctor) is None
        tx.solicitations.set_budget(doctor, 3)
        tx.solicitations.set_budget(doctor, 5)
        assert tx.solicitations.budget(doctor) == 5
        tx.solicitations.set_budget(doctor, None)
        assert tx.solicitations.budget(doctor) is None

    await store.write(unit, "test")


async def test_messages_are_counted_a_conversation_and_a_professional_until_he_answers(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        _, first, second = people(tx)
        both = [first, second]
        assert tx.solicitations.counted(CLAIRE, both) == []
        tx.solicitations.count(first, CLAIRE)
        tx.solicitations.count(first, Address("CLAIRE", "Cabinet.fr"))
        tx.solicitations.count(second, CLAIRE)
        tx.solicitations.count(first, PAUL)
        assert tx.solicitations.counted(CLAIRE, both) == [Counted(first, 2, None), Counted(second, 1, None)]
        assert tx.solicitations.counted(PAUL, [second]) == []
        tx.solicitations.answered(first, CLAIRE)
        assert tx.solicitations.counted(CLAIRE, both) == [Counted(first, 0, None), Counted(second, 1, None)]
        assert tx.solicitations.counted(PAUL, both) == [Counted(first, 1, None)]
        tx.solicitations.count(first, CLAIRE)
        assert tx.solicitations.counted(CLAIRE, [first]) == [Counted(first, 1, None)]

    await store.write(unit, "test")


async def test_a_conversation_has_a_budget_of_its_own_whatever_was_counted(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        _, first, second = people(tx)
        tx.solicitations.count(first, CLAIRE)
        tx.solicitations.set_override(first, CLAIRE, 7)
        tx.solicitations.set_override(second, CLAIRE, NO_BUDGET)
        assert tx.solicitations.overrides(CLAIRE) == [Counted(first, 1, 7), Counted(second, 0, NO_BUDGET)]
        tx.solicitations.set_override(second, CLAIRE, None)
        assert tx.solicitations.overrides(CLAIRE) == [Counted(first, 1, 7)]
        assert tx.solicitations.overrides(PAUL) == []

    await store.write(unit, "test")


async def test_answers_are_owed_in_their_order_and_struck_once(store: Store) -> None:
    about = BodyId(b"b" * 16)

    def owe(tx: Transaction) -> list[NewAnswer]:
        doctor, _, _ = people(tx)
        answers = [
            NewAnswer(doctor, Said.BUDGET_SET, "3", about, NOW),
            NewAnswer(doctor, Said.BUDGET_OFF, "", None, NOW + timedelta(seconds=1)),
        ]
        for answer in answers:
            tx.owed_answers.owe(answer)
        return answers

    answers = await store.write(owe, "test")
    due = await store.read(lambda tx: tx.owed_answers.due(10))
    assert [one.answer for one in due] == answers
    first: OwedAnswer = due[0]
    assert await store.read(lambda tx: tx.owed_answers.due(1)) == [first]
    assert await store.write(lambda tx: tx.owed_answers.strike(first.number), "test")
    assert not await store.write(lambda tx: tx.owed_answers.strike(first.number), "test")
    assert await store.read(lambda tx: tx.owed_answers.due(10)) == due[1:]
