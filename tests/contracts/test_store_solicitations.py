"""Budgets, what is counted against them, and answers that are owed: alike on both databases."""

from datetime import UTC, datetime, timedelta

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId, BalKind, BalState
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.policy.open_hours import read_hours
from vaguemestre.policy.solicitation import NO_BUDGET
from vaguemestre.service.ports.answer import NewAnswer, OwedAnswer, Said
from vaguemestre.service.ports.bal import NewBal
from vaguemestre.service.ports.solicitation import NO_WISH, Counted, Wish
from vaguemestre.service.ports.store import Store, Transaction

NOW = datetime(2026, 3, 14, 15, 9, 26, 535897, tzinfo=UTC)
CLAIRE, PAUL = Address("Claire", "cabinet.fr"), Address("paul", "cabinet.fr")


def people(tx: Transaction) -> tuple[BalId, ConversationId, ConversationId]:
    doctor = tx.bals.add(NewBal(CLAIRE, BalKind.PER, BalState.ACTIVE), NOW).id
    citizen = tx.bals.add(NewBal(Address("a", "patient.fr"), BalKind.CITIZEN, BalState.ACTIVE), NOW).id
    return doctor, tx.conversations.start(citizen, NOW).id, tx.conversations.start(citizen, NOW).id


async def test_a_budget_is_set_changed_and_taken_back(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        doctor, _, _ = people(tx)
        assert tx.solicitations.wish(doctor) == NO_WISH
        tx.solicitations.set_wish(doctor, Wish(budget=3))
        tx.solicitations.set_wish(doctor, Wish(budget=5))
        assert tx.solicitations.wish(doctor) == Wish(budget=5)
        tx.solicitations.set_wish(doctor, Wish(budget=None))
        assert tx.solicitations.wish(doctor) == NO_WISH

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
            NewAnswer(doctor, Said.QUIET, "a@b", None, NOW + timedelta(seconds=1), ConversationId(7)),
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


async def test_a_wish_has_hours_and_an_answer_and_is_kept_whole(store: Store) -> None:
    wish = Wish(3, read_hours("lun-ven 9h-18h ; sam 22h-2h"), "Appelez le secrétariat.")

    def unit(tx: Transaction) -> None:
        doctor, _, _ = people(tx)
        tx.solicitations.set_wish(doctor, wish)
        assert tx.solicitations.wish(doctor) == wish

    await store.write(unit, "test")


async def test_a_citizen_is_told_once_a_conversation_and_quiet_time(store: Store) -> None:
    def unit(tx: Transaction) -> None:
        _, first, second = people(tx)
        for conversation in (first, second):
            tx.solicitations.count(conversation, CLAIRE)
        assert tx.solicitations.tell(first, CLAIRE, NOW)
        assert not tx.solicitations.tell(first, CLAIRE, NOW)
        assert not tx.solicitations.tell(first, CLAIRE, NOW - timedelta(days=1))
        assert tx.solicitations.tell(second, CLAIRE, NOW)
        tx.solicitations.answered(first, CLAIRE)
        tx.solicitations.count(first, CLAIRE)
        assert not tx.solicitations.tell(first, CLAIRE, NOW)
        assert tx.solicitations.tell(first, CLAIRE, NOW + timedelta(days=1))

    await store.write(unit, "test")
