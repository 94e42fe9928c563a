"""Who may open and answer, case by case. domain.md §2."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.builders import (
    NOON,
    OTHER_CITIZEN,
    OTHER_DOCTOR,
    a_case,
    a_citizen,
    a_pair,
    a_policy,
    a_professional,
    some_facts,
)

from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.conversation import ClosedBy
from vaguemestre.mail.message import MessageFacts
from vaguemestre.policy.limits import CitizenMayWrite
from vaguemestre.policy.rulebook import judge

WHILE_OPEN = a_policy(citizen_may_write=CitizenMayWrite.WHILE_OPEN)


@pytest.mark.parametrize("kind", [BalKind.PER, BalKind.ORG, BalKind.APP, BalKind.CAB])
def test_a_professional_of_any_kind_opens_a_conversation(kind: BalKind) -> None:
    assert judge(a_case(a_professional(kind=kind), a_citizen())).rule == "CONV-1"


def test_a_professional_writes_to_a_professional() -> None:
    assert judge(a_case(a_professional(), a_professional(OTHER_DOCTOR))).rule == "CONV-6"


def test_a_citizen_cannot_write_to_a_doctor_who_never_wrote_to_him() -> None:
    verdict = judge(a_case(a_citizen(), a_professional(), citizens=0))
    assert verdict.refuses
    assert str(verdict.reply) == "550 5.7.1 [MSS-CONV-0] Only the professional can open a conversation"


def test_a_citizen_cannot_write_to_a_citizen() -> None:
    verdict = judge(a_case(a_citizen(), a_citizen(OTHER_CITIZEN)))
    assert (verdict.rule, verdict.refuses) == ("CONV-5", True)


@pytest.mark.parametrize("content", [None, some_facts()])
def test_a_citizen_answers_an_open_conversation(content: object) -> None:
    citizen, doctor = a_citizen(), a_professional()
    pair = a_pair(citizen, doctor)
    facts = some_facts() if content is not None else None
    answered = pair if content is not None else None
    case = a_case(citizen, doctor, citizens=0, between=[pair], answered=answered, content=facts)
    assert judge(case).rule == "CONV-2"
    assert not judge(case).refuses


@pytest.mark.parametrize("content", [None, some_facts()])
def test_a_citizen_cannot_answer_a_closed_conversation(content: object) -> None:
    citizen, doctor = a_citizen(), a_professional()
    pair = a_pair(citizen, doctor, closed=True)
    facts = some_facts() if content is not None else None
    answered = pair if content is not None else None
    verdict = judge(a_case(citizen, doctor, citizens=0, between=[pair], answered=answered, content=facts))
    assert (
        str(verdict.reply) == "550 5.7.1 [MSS-CONV-2] This conversation has been closed by the professional"
    )


def test_a_citizen_in_reply_mode_cannot_write_anew_though_a_conversation_is_open() -> None:
    citizen, doctor = a_citizen(), a_professional()
    case = a_case(citizen, doctor, citizens=0, between=[a_pair(citizen, doctor)], content=some_facts())
    assert (judge(case).rule, judge(case).refuses) == ("CONV-4", True)


def test_a_citizen_in_while_open_mode_writes_anew_until_it_is_closed() -> None:
    citizen, doctor = a_citizen(), a_professional()
    facts = some_facts()
    is_open, closed = a_pair(citizen, doctor), a_pair(citizen, doctor, closed=True)
    case = a_case(citizen, doctor, citizens=0, policy=WHILE_OPEN, between=[is_open], content=facts)
    assert (judge(case).rule, judge(case).refuses) == ("CONV-3", False)
    case = a_case(citizen, doctor, citizens=0, policy=WHILE_OPEN, between=[closed], content=facts)
    assert judge(case).refuses


def test_answering_the_closed_one_of_two_conversations_is_refused_even_while_another_is_open() -> None:
    citizen, doctor = a_citizen(), a_professional()
    closed, is_open = a_pair(citizen, doctor, closed=True), a_pair(citizen, doctor, conversation=2)
    for policy in (a_policy(), WHILE_OPEN):
        case = a_case(
            citizen,
            doctor,
            citizens=0,
            policy=policy,
            between=[closed, is_open],
            answered=closed,
            content=some_facts(),
        )
        assert (judge(case).rule, judge(case).refuses) == ("CONV-2", True)


def test_a_citizen_answers_each_professional_of_the_conversation_on_its_own() -> None:
    citizen, doctor, colleague = a_citizen(), a_professional(), a_professional(OTHER_DOCTOR)
    closed, is_open = a_pair(citizen, doctor, closed=True), a_pair(citizen, colleague)
    assert judge(
        a_case(citizen, doctor, citizens=0, between=[closed], answered=closed, content=some_facts())
    ).refuses
    assert not judge(
        a_case(citizen, colleague, citizens=0, between=[is_open], answered=is_open, content=some_facts())
    ).refuses


@pytest.mark.parametrize("content", [None, some_facts()])
@pytest.mark.parametrize(
    ("by", "rule"),
    [
        (ClosedBy.SUBJECT, "CONV-2"),
        (ClosedBy.HEADER, "CONV-2"),
        (ClosedBy.KEYWORD, "CONV-2"),
        (ClosedBy.FOLDER, "CONV-2"),
        (ClosedBy.OPERATOR, "CONV-2"),
        (ClosedBy.INACTIVITY, "CONV-7"),
        (ClosedBy.ACCOUNT, "CONV-8"),
        (ClosedBy.BLOCKED, "CONV-10"),
    ],
)
def test_who_is_refused_is_told_what_closed_it(by: ClosedBy, rule: str, content: MessageFacts | None) -> None:
    citizen, doctor = a_citizen(), a_professional()
    pair = a_pair(citizen, doctor, closed=True, by=by)
    answered = pair if content is not None else None
    for policy in (a_policy(), WHILE_OPEN):
        case = a_case(
            citizen, doctor, citizens=0, policy=policy, between=[pair], answered=answered, content=content
        )
        verdict = judge(case)
        assert verdict.reply is not None
        assert (verdict.rule, verdict.reply.identifier) == (rule, f"MSS-{rule}")


def test_of_several_closed_conversations_the_one_closed_last_tells_why() -> None:
    citizen, doctor = a_citizen(), a_professional()
    first = a_pair(citizen, doctor, closed=True)
    last = replace(
        a_pair(citizen, doctor, closed=True, conversation=2, by=ClosedBy.INACTIVITY),
        closed_at=NOON + timedelta(seconds=1),
    )
    for between in ([first, last], [last, first]):
        case = replace(a_case(citizen, doctor, citizens=0, between=between), now=NOON + timedelta(days=1))
        assert judge(case).rule == "CONV-7"
