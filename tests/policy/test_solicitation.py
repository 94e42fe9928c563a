"""BUD-1, and what is read of a budget. domain.md §2."""

from dataclasses import replace

import pytest
from tests.support.builders import a_case, a_citizen, a_pair, a_policy, a_professional, some_facts

from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.policy.case import Case
from vaguemestre.policy.limits import CitizenMayWrite
from vaguemestre.policy.mail_commands import Command, WishError, asked_by, read_budget, read_override
from vaguemestre.policy.rulebook import judge
from vaguemestre.policy.solicitation import NO_BUDGET, Side, Solicitation

DOCTOR, CITIZEN = a_professional(), a_citizen()
FIRST, SECOND = (a_pair(CITIZEN, DOCTOR, conversation=number) for number in (1, 2))
ANEW = a_policy(CitizenMayWrite.WHILE_OPEN)
LETTER = some_facts(from_=str(CITIZEN.address))


def sides(*written: int, budget: int | None = 2) -> tuple[Side, ...]:
    return tuple(Side(ConversationId(n), count, budget) for n, count in enumerate(written, 1))


def written(*counts: int, usual: int | None = 2) -> Solicitation:
    return Solicitation(usual, sides(*counts, budget=usual))


def refused_by(case: Case) -> str | None:
    verdict = judge(case)
    return verdict.rule if verdict.refuses else None


def an_answer(found: Solicitation | None, **more: object) -> Case:
    case = a_case(CITIZEN, DOCTOR, between=[FIRST], answered=FIRST, content=LETTER)
    return replace(case, solicitation=found, **more)  # type: ignore[arg-type]  # fields of a case


def test_one_message_more_than_the_budget_is_refused_and_the_refusal_says_what_to_do() -> None:
    assert refused_by(an_answer(None)) is None
    assert refused_by(an_answer(written(1))) is None
    verdict = judge(an_answer(written(2)))
    assert verdict.rule == "BUD-1"
    reply = verdict.reply
    assert reply is not None
    assert (reply.code, reply.status) == (550, "5.7.1")
    assert "2 messages" in reply.text
    assert "2 messages" in reply.in_french()
    assert "15" in reply.text
    once = judge(an_answer(written(1, usual=1))).reply
    assert once is not None
    assert "1 message " in once.text


def test_at_rcpt_it_is_refused_when_it_is_no_receipt_and_nothing_is_left_that_it_could_answer() -> None:
    def before(*counts: int, policy_anew: bool = False) -> Case:
        policy = ANEW if policy_anew else a_policy()
        case = a_case(CITIZEN, DOCTOR, between=[FIRST, SECOND], policy=policy)
        return replace(case, solicitation=written(*counts), declared_size=100_000)

    assert refused_by(before(2, 2)) == "BUD-1"
    assert refused_by(before(2, 1)) is None
    assert refused_by(before(2, 2, policy_anew=True)) == "BUD-1"
    assert refused_by(replace(before(2, 2), declared_size=2_000)) is None  # a receipt, perhaps
    assert refused_by(replace(before(2, 2), declared_size=None)) is None


def test_a_message_that_answers_nothing_is_judged_by_all_that_is_open() -> None:
    case = a_case(CITIZEN, DOCTOR, between=[FIRST, SECOND], content=LETTER, policy=ANEW)
    assert refused_by(replace(case, solicitation=written(1, 0))) is None
    assert refused_by(replace(case, solicitation=written(1, 1))) == "BUD-1"
    where_it_is_not_allowed = replace(case, policy=a_policy(), solicitation=written(1, 1))
    assert refused_by(where_it_is_not_allowed) == "CONV-4"


def test_a_conversation_may_have_its_own_budget_or_none() -> None:
    assert refused_by(an_answer(Solicitation(1, sides(3, budget=None)))) is None
    assert refused_by(an_answer(Solicitation(None, sides(1, budget=1)))) == "BUD-1"


def test_a_closed_conversation_is_said_to_be_closed_and_not_to_be_spent() -> None:
    closed = a_pair(CITIZEN, DOCTOR, closed=True)
    case = a_case(CITIZEN, DOCTOR, between=[closed, SECOND], answered=closed, content=LETTER)
    only_second = Solicitation(1, (Side(ConversationId(2), 5, 1),))
    assert refused_by(replace(case, solicitation=only_second)) == "CONV-2"


def test_a_pharmacys_budget_counts_prescriptions_too() -> None:
    pharmacy = replace(a_professional("officine@cabinet.mssante.fr", BalKind.ORG), sector="SA33")
    pair = a_pair(CITIZEN, pharmacy)
    case = a_case(CITIZEN, pharmacy, between=[pair], content=LETTER)
    assert refused_by(replace(case, solicitation=written(1))) == "PHA-2"  # no attachment: its own affair
    assert refused_by(replace(case, solicitation=written(2))) == "BUD-1"


@pytest.mark.parametrize(
    ("subject", "words"),
    [("[BUDGET] 3", "3"), ("[budget]3", "3"), (" [Budget]  aucun ", "aucun"), ("[BUDGET]", "")],
)
def test_a_command_is_read_at_the_beginning_of_a_subject(subject: str, words: str) -> None:
    asked = asked_by(subject)
    assert asked is not None
    assert (asked.command, asked.words) == (Command.BUDGET, words)


@pytest.mark.parametrize("subject", ["Re: [BUDGET] 3", "[FIN]", "BUDGET 3", "Votre [BUDGET] 3", "[AUTRE] 3"])
def test_an_answer_to_a_command_is_none_and_so_is_anything_else(subject: str) -> None:
    assert asked_by(subject) is None


def test_a_budget_is_a_small_number_or_none() -> None:
    assert read_budget("3") == 3
    assert read_budget("Aucun") is None
    assert read_override("none") == NO_BUDGET
    assert read_override("habituel") is None
    assert read_override("7") == 7
    for words in ("", "0", "-1", "1001", "trois", "3 fois", "٣", "9999999"):
        with pytest.raises(WishError):
            read_budget(words)
