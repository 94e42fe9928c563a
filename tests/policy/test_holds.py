"""Messages that are to be released later: HLD-1 to HLD-5. RFC 4865 §3."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.support.builders import DOCTOR, NOON, a_bal, a_policy, some_facts

from vaguemestre.mail.bal import BalKind
from vaguemestre.policy.case import Hold, SenderCase
from vaguemestre.policy.limits import Limits
from vaguemestre.policy.rules import holds
from vaguemestre.policy.verdict import Weight

DAY = timedelta(days=1)


def a_case(until: datetime = NOON + DAY, waiting: int = 0, *, quota: int = 0, used: int = 0) -> SenderCase:
    sender = a_bal(DOCTOR, BalKind.PER, quota=quota, used=used)
    policy = a_policy(limits=Limits(held=3))
    return SenderCase(policy, sender, sender.address, None, hold=Hold(until, NOON, waiting))


def status(verdict: object) -> str:
    return str(getattr(verdict, "reply", None) or "")[:9].strip()


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (NOON, "501 5.5.4"),
        (NOON - DAY, "501 5.5.4"),
        (NOON + timedelta(microseconds=1), ""),
        (NOON + 30 * DAY, ""),
        (NOON + 30 * DAY + timedelta(microseconds=1), "501 5.5.4"),
    ],
)
def test_a_release_is_ahead_and_within_the_limit(until: datetime, said: str) -> None:
    assert status(holds.release_is_ahead(a_case(until))) == said


def test_a_message_that_took_longer_to_come_than_it_was_to_wait_is_not_refused_for_it() -> None:
    case = replace(a_case(NOON - DAY), content=some_facts())
    assert holds.release_is_ahead(case).weight is Weight.ABSTAIN


@pytest.mark.parametrize(("waiting", "said"), [(2, ""), (3, "451 4.7.1"), (10_000, "451 4.7.1")])
def test_so_many_wait_and_no_more(waiting: int, said: str) -> None:
    assert status(holds.few_are_held(a_case(waiting=waiting))) == said


@pytest.mark.parametrize(
    ("quota", "used", "said"), [(0, 9_000, ""), (10_000, 0, ""), (10_000, 9_999, "452 4.2.2")]
)
def test_what_waits_fits_into_its_senders_mailbox(quota: int, used: int, said: str) -> None:
    case = replace(a_case(quota=quota, used=used), content=some_facts())
    assert status(holds.held_message_has_room(case)) == said
    released = replace(case, hold=Hold(NOON, NOON))
    assert holds.held_message_has_room(released).weight is Weight.ABSTAIN


@pytest.mark.parametrize(
    ("expires", "said"), [(None, ""), (NOON + 2 * DAY, ""), (NOON + DAY, "550 5.4.7"), (NOON, "550 5.4.7")]
)
def test_a_message_outlives_its_wait(expires: datetime | None, said: str) -> None:
    case = replace(a_case(), content=replace(some_facts(), expires=expires))
    assert status(holds.message_outlives_its_wait(case)) == said


@pytest.mark.parametrize(
    ("end", "said"), [(None, ""), (NOON + DAY, ""), (NOON, "550 5.4.7"), (NOON - DAY, "550 5.4.7")]
)
def test_what_is_useless_by_now_is_released_no_more(end: datetime | None, said: str) -> None:
    case = replace(a_case(), hold=Hold(NOON, NOON, useless_after=end))
    assert status(holds.release_is_in_time(case)) == said


def test_what_is_delivered_at_once_is_no_concern_of_theirs() -> None:
    case = replace(a_case(), hold=None, content=replace(some_facts(), expires=NOON))
    rules = (
        holds.release_is_ahead,
        holds.few_are_held,
        holds.held_message_has_room,
        holds.message_outlives_its_wait,
        holds.release_is_in_time,
    )
    assert {rule(case).weight for rule in rules} == {Weight.ABSTAIN}
