"""Who writes in the name of another, and what the field Sender may say."""

from dataclasses import replace

import pytest
from tests.support.builders import DOCTOR, OTHER_DOCTOR, a_professional, a_sender_case, some_facts

from vaguemestre.mail.access import Right
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalState
from vaguemestre.policy.case import SenderCase
from vaguemestre.policy.rulebook import judge_sender
from vaguemestre.policy.rules.delegation import reader_may_send

SECRETARY = a_professional(OTHER_DOCTOR)


def a_case(*rights: Right, sender_field: str | None = None, reader: Bal = SECRETARY) -> SenderCase:
    named = (parse_address(sender_field),) if sender_field is not None else ()
    facts = replace(some_facts(), sender=named)
    return replace(a_sender_case(a_professional(), content=facts), reader=reader, rights=frozenset(rights))


def test_who_writes_for_another_needs_the_right() -> None:
    assert not reader_may_send(a_case(Right.READ, Right.SEND)).refuses
    for rights in ((), (Right.READ,), (Right.READ, Right.CLOSE, Right.ARRANGE)):
        verdict = judge_sender(a_case(*rights))
        assert (verdict.rule, str(verdict.reply)[:9]) == ("DEL-1", "550 5.7.1")


def test_who_writes_for_himself_needs_none() -> None:
    assert not judge_sender(a_sender_case(a_professional(), content=some_facts())).refuses


@pytest.mark.parametrize(
    ("sender_field", "rule"), [(None, "SND-0"), (OTHER_DOCTOR, "SND-0"), (DOCTOR, "SND-5")]
)
def test_the_sender_field_names_who_wrote_and_not_the_mailbox(sender_field: str | None, rule: str) -> None:
    assert judge_sender(a_case(Right.SEND, sender_field=sender_field)).rule == rule


def test_nobody_writes_for_another_once_his_own_account_is_suspended() -> None:
    suspended = a_professional(OTHER_DOCTOR, state=BalState.SUSPENDED)
    assert judge_sender(a_case(Right.SEND, reader=suspended)).rule == "SND-1"
