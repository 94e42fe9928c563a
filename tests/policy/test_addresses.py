"""Whom mail is for: unknown, malformed, closed, full, several. domain.md §2."""

from dataclasses import replace

import pytest
from tests.support.builders import (
    OTHER_CITIZEN,
    a_bal,
    a_case,
    a_citizen,
    a_policy,
    a_professional,
    some_facts,
)

from vaguemestre.mail.bal import BalKind, BalState
from vaguemestre.policy.limits import InsKeyCheck
from vaguemestre.policy.rulebook import judge

WRONG_KEY = "191070000002271@patient.mssante.fr"  # public tutorials use it; 43 would be right


@pytest.mark.parametrize(
    ("recipient", "rule", "status"),
    [
        ("somebody@elsewhere.mssante.fr", "ADR-1", "5.7.1"),
        (WRONG_KEY, "ADR-2", "5.1.3"),
        (OTHER_CITIZEN, "ADR-3", "5.1.1"),
        ("nobody@cabinet.mssante.fr", "ADR-3", "5.1.1"),
        ("reponse.automatique-test@patient.mssante.fr", "ADR-3", "5.1.1"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused(recipient: str, rule: str, status: str) -> None:
    verdict = judge(a_case(a_professional(), None, recipient=recipient))
    assert (verdict.rule, verdict.refuses) == (rule, True)
    assert verdict.reply is not None
    assert verdict.reply.status == status


def test_a_wrong_key_is_only_an_unknown_address_where_keys_are_not_refused() -> None:
    policy = a_policy(ins_key=InsKeyCheck.WARN)
    assert judge(a_case(a_professional(), None, recipient=WRONG_KEY, policy=policy)).rule == "ADR-3"


def test_a_wrong_key_that_leads_to_a_mailbox_is_not_judged_again() -> None:
    assert not judge(a_case(a_professional(), a_citizen(WRONG_KEY))).refuses


@pytest.mark.parametrize("state", [BalState.CLOSED, BalState.OPPOSED])
def test_a_closed_or_opposed_mailbox_receives_nothing(state: BalState) -> None:
    verdict = judge(a_case(a_professional(), a_citizen(state=state)))
    assert verdict.rule == "ADR-4"
    assert verdict.reply is not None
    assert (verdict.reply.code, verdict.reply.status) == (550, "5.2.1")


@pytest.mark.parametrize("state", [BalState.INACTIVE, BalState.ACTIVE, BalState.SUSPENDED])
def test_an_open_mailbox_receives_even_when_nobody_signs_in(state: BalState) -> None:
    assert not judge(a_case(a_professional(), a_citizen(state=state))).refuses


def test_a_full_mailbox_defers() -> None:
    full = a_bal("277076322082910@patient.mssante.fr", BalKind.CITIZEN, quota=10_000, used=9_000)
    verdict = judge(a_case(a_professional(), full, content=some_facts(size=2_000)))
    assert verdict.rule == "ADR-5"
    assert verdict.reply is not None
    assert verdict.reply.is_temporary
    assert not judge(a_case(a_professional(), full, content=some_facts(size=1_000))).refuses


def test_several_citizens_in_one_message_would_see_one_another() -> None:
    verdict = judge(a_case(a_professional(), a_citizen(), citizens=2))
    assert (verdict.rule, verdict.refuses) == ("ADR-6", True)
    colleague = a_professional("paul.durand@cabinet.mssante.fr")
    assert not judge(a_case(a_professional(), colleague, citizens=1)).refuses


def test_a_blocked_professional_is_refused_whatever_permits_him() -> None:
    case = replace(a_case(a_professional(), a_citizen()), is_blocked=True)
    verdict = judge(case)
    assert (verdict.rule, verdict.refuses) == ("PROF-1", True)
    assert not judge(replace(case, is_blocked=False)).refuses
