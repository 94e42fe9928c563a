"""What another operator may bring. domain.md §6."""

from dataclasses import replace

import pytest
from tests.support.builders import (
    CITIZEN,
    DOCTOR,
    NOON,
    a_bal,
    a_citizen,
    a_policy,
    a_professional,
    some_facts,
)
from tests.support.trusted import CLINIC, PATIENTS, a_peer

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.correspondent import Correspondent
from vaguemestre.mail.message import MessageFacts
from vaguemestre.policy.case import Case, SenderCase, Standing
from vaguemestre.policy.limits import Carriage, Destination, Limits, Policy
from vaguemestre.policy.rulebook import judge, judge_sender

ANNE = f"anne@{CLINIC}"
PATIENT = f"277076322082910@{PATIENTS}"
POLICY = replace(a_policy(), citizen_domains_elsewhere=frozenset({PATIENTS}))


def brought(path: str | None, content: MessageFacts | None = None) -> str:
    """The rule that refuses what a clinic's operator brings, or the one that lets it stand."""
    address = None if path is None else parse_address(path)
    sender = Correspondent(address or parse_address(ANNE), is_citizen=False)
    return judge_sender(SenderCase(POLICY, sender, address, None, 1, content, peer=a_peer())).rule


def to(sender: Correspondent, recipient: str, standing: Standing = Standing.ALONE, **facts: object) -> str:
    address = parse_address(recipient)
    return judge(replace(Case(NOON, POLICY, sender, address, None, 1, standing=standing), **facts)).rule  # type: ignore[arg-type] # fields of Case


def test_an_operator_speaks_for_his_domains_in_any_case_and_for_no_other() -> None:
    assert brought(ANNE) == "SND-0"
    assert brought(ANNE.upper()) == "SND-0"
    assert brought(DOCTOR) == "REL-2"
    assert brought(None) == "SND-0"


def test_from_is_one_address_of_his_domains_whatever_mail_from_is() -> None:
    assert brought(f"liste@{CLINIC}", some_facts(from_=ANNE)) == "SND-0"
    assert brought(ANNE, some_facts(from_=DOCTOR)) == "REL-4"
    two = replace(some_facts(from_=ANNE), from_=(parse_address(ANNE), parse_address(f"b@{CLINIC}")))
    assert brought(ANNE, two) == "REL-4"
    assert brought(ANNE, replace(some_facts(from_=ANNE), unreadable_from=True)) == "REL-4"


def test_a_citizen_is_the_same_in_the_envelope_and_in_the_header() -> None:
    assert brought(PATIENT, some_facts(from_=PATIENT.upper())) == "SND-0"
    assert brought(PATIENT, some_facts(from_=ANNE)) == "REL-5"
    assert brought(ANNE, some_facts(from_=PATIENT)) == "REL-5"


def test_who_sent_it_for_another_is_of_his_domains_too() -> None:
    secretary = replace(some_facts(from_=ANNE), sender=(parse_address(f"sec@{CLINIC}"),))
    assert brought(ANNE, secretary) == "SND-0"
    assert brought(ANNE, replace(secretary, sender=(parse_address(DOCTOR),))) == "REL-6"
    assert brought(ANNE, replace(secretary, unreadable_sender=True)) == "REL-6"


def test_what_has_no_sender_is_a_report_and_no_letter() -> None:
    report = replace(some_facts(from_=f"mailer-daemon@{CLINIC}"), is_automatic=True)
    assert brought(None, report) == "SND-0"
    assert brought(None, replace(report, is_automatic=False)) == "REL-3"
    assert brought(None, replace(report, from_=(parse_address(PATIENT),))) == "SND-0"


def test_an_operator_is_no_way_to_a_third() -> None:
    anne = Correspondent(parse_address(ANNE), is_citizen=False)
    for standing in Standing:
        assert to(anne, "x@ailleurs.mssante.fr", standing) == "REL-1"
        assert to(anne, f"bernard@{CLINIC}", standing) == "REL-1"
    assert to(anne, "nobody@cabinet.mssante.fr") == "ADR-3"
    assert to(anne, CITIZEN, holder=a_citizen()) == "CONV-1"
    assert to(anne, DOCTOR, holder=a_professional()) == "CONV-6"


def test_a_citizen_elsewhere_writes_to_no_citizen_and_opens_nothing() -> None:
    patient = Correspondent(parse_address(PATIENT), is_citizen=True)
    assert to(patient, CITIZEN, holder=a_citizen()) == "CONV-5"
    assert to(patient, DOCTOR, holder=a_professional()) == "CONV-0"


def test_a_report_that_names_a_citizen_is_for_professionals_alone() -> None:
    reported = Correspondent(parse_address(PATIENT), is_citizen=False)
    assert to(reported, CITIZEN, holder=a_citizen()) == "REL-7"
    assert to(reported, DOCTOR, holder=a_professional()) == "CONV-6"


@pytest.mark.parametrize(
    ("standing", "rule"),
    [
        (Standing.ALONE, "ADR-1"),
        (Standing.OUTSIDE, "ADR-1"),
        (Standing.UNKNOWN, "ADR-7"),
    ],
)
def test_accounts_write_no_further_than_the_trust_space(standing: Standing, rule: str) -> None:
    case = Case(NOON, POLICY, a_professional(), parse_address(ANNE), None, 1, standing=standing)
    verdict = judge(case)
    assert verdict.rule == rule
    assert verdict.reply is not None
    assert verdict.reply.is_temporary == (standing is Standing.UNKNOWN)


def test_the_key_of_an_ins_elsewhere_is_judged_too() -> None:
    wrong = parse_address(f"191070000002271@{PATIENTS}")
    holder = Correspondent(wrong, is_citizen=True)
    case = Case(NOON, POLICY, a_professional(), wrong, holder, 1, standing=Standing.LISTED)
    assert judge(case).rule == "ADR-2"
    assert judge(replace(case, recipient=parse_address(PATIENT))).rule == "CONV-1"


def test_a_professional_of_unknown_kind_may_send_what_the_most_favoured_kind_may() -> None:
    carriage = {
        (Destination.CITIZEN, kind): Carriage(1_000, 500, 1)
        for kind in (BalKind.PER, BalKind.CAB, BalKind.ORG, BalKind.CITIZEN)
    } | {(Destination.CITIZEN, BalKind.APP): Carriage(2_000, 100, 9)}
    limits = Limits(carriage=carriage)
    assert limits.carried(Destination.CITIZEN, None) == Carriage(2_000, 500, 9)
    assert limits.largest_message(None, [Destination.CITIZEN]) == 2_000
    policy = Policy(frozenset({"cabinet.mssante.fr"}), frozenset({"patient.mssante.fr"}), limits=limits)
    large = some_facts(from_=ANNE, size=1_500)
    anne = Correspondent(parse_address(ANNE), is_citizen=False)
    case = Case(NOON, policy, anne, parse_address(CITIZEN), a_citizen(), 1, content=large)
    assert judge(case).rule == "CONV-1"
    assert judge(replace(case, sender=a_bal(DOCTOR, BalKind.PER))).rule == "LIM-4"
