"""Who may do what in a bal that is not his: around midnight in Paris, summer time or not."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.builders import NOON

from vaguemestre.mail.access import Deed, Grant, GrantId, GrantKind, Place, Right, Terms
from vaguemestre.mail.bal import BalId, BalKind
from vaguemestre.policy.access import (
    PARIS,
    all_rights,
    end_of,
    is_read_by_representatives,
    majority,
    may,
    refusal_of,
    rights_at,
    start_of,
)

READ = frozenset({Right.READ})
TICK = timedelta(microseconds=1)


def a_grant(
    end: datetime | None = None,
    start: datetime = NOON - timedelta(days=1),
    kind: GrantKind = GrantKind.REPRESENTATIVE,
    rights: frozenset[Right] = READ,
    revoked_at: datetime | None = None,
) -> Grant:
    terms = Terms(kind, rights, start, end)
    return Grant(GrantId(1), BalId(1), BalId(2), terms, "operator:test", NOON, "", revoked_at)


@pytest.mark.parametrize(
    ("born", "of_age"),
    [
        (date(2008, 11, 22), datetime(2026, 11, 21, 23, 0, tzinfo=UTC)),  # winter: one hour before UTC
        (date(2008, 7, 14), datetime(2026, 7, 13, 22, 0, tzinfo=UTC)),  # summer: two
        (date(2008, 3, 29), datetime(2026, 3, 28, 23, 0, tzinfo=UTC)),  # the day on which clocks are put on
        (date(2008, 10, 25), datetime(2026, 10, 24, 22, 0, tzinfo=UTC)),  # and back
        (date(2008, 2, 29), datetime(2026, 2, 28, 23, 0, tzinfo=UTC)),  # eighteen when 28 February is over
        (date(2008, 1, 1), datetime(2025, 12, 31, 23, 0, tzinfo=UTC)),
    ],
)
def test_representatives_lose_access_as_the_eighteenth_birthday_begins_in_paris(
    born: date, of_age: datetime
) -> None:
    assert majority(born) == of_age
    grant = a_grant(majority(born), start=of_age - timedelta(days=365))
    assert rights_at(grant, of_age - TICK) == READ
    assert rights_at(grant, of_age) == frozenset()
    assert is_read_by_representatives([grant], of_age - TICK)
    assert not is_read_by_representatives([grant], of_age)


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)))
def test_nobody_is_of_age_before_his_birthday_nor_a_day_later(born: date) -> None:
    day = majority(born).astimezone(PARIS)
    assert (day.hour, day.minute, day.second, day.microsecond) == (0, 0, 0, 0)
    assert day.year == born.year + 18
    assert (day.month, day.day) == ((3, 1) if (born.month, born.day) == (2, 29) else (born.month, born.day))


@given(st.dates(date(1990, 1, 1), date(2060, 12, 31)))
def test_days_follow_one_another_without_gap_or_overlap(day: date) -> None:
    assert end_of(day) == start_of(day + timedelta(days=1))
    assert timedelta(hours=23) <= end_of(day) - start_of(day) <= timedelta(hours=25)


def test_a_grant_allows_nothing_before_it_starts_nor_from_its_end_nor_once_revoked() -> None:
    grant = a_grant(end=NOON + timedelta(days=2), start=NOON)
    assert rights_at(grant, NOON - TICK) == frozenset()
    assert rights_at(grant, NOON) == READ
    assert rights_at(grant, NOON + timedelta(days=2) - TICK) == READ
    assert rights_at(grant, NOON + timedelta(days=2)) == frozenset()
    assert rights_at(a_grant(revoked_at=NOON), NOON) == frozenset()
    assert rights_at(a_grant(end=None), NOON + timedelta(days=9999)) == READ


def test_several_grants_allow_what_each_allows() -> None:
    send = a_grant(kind=GrantKind.DELEGATE, rights=frozenset({Right.SEND}))
    assert all_rights([a_grant(), send], NOON) == {Right.READ, Right.SEND}
    assert all_rights([], NOON) == frozenset()


def test_a_carer_and_one_who_may_not_read_are_no_representatives_who_read() -> None:
    assert not is_read_by_representatives([a_grant(kind=GrantKind.CARER)], NOON)
    assert not is_read_by_representatives([a_grant(rights=frozenset({Right.SEND}))], NOON)


@pytest.mark.parametrize(
    ("kind", "holder", "reader", "rights", "allowed"),
    [
        (GrantKind.DELEGATE, BalKind.PER, BalKind.PER, {Right.READ}, True),
        (GrantKind.DELEGATE, BalKind.ORG, BalKind.APP, {Right.READ, Right.SEND}, True),
        (GrantKind.DELEGATE, BalKind.CAB, BalKind.PER, set(Right), True),
        (GrantKind.DELEGATE, BalKind.PER, BalKind.PER, {Right.SEND}, True),
        (GrantKind.DELEGATE, BalKind.APP, BalKind.PER, {Right.READ}, False),
        (GrantKind.DELEGATE, BalKind.CITIZEN, BalKind.PER, {Right.READ}, False),
        (GrantKind.DELEGATE, BalKind.PER, BalKind.CITIZEN, {Right.READ}, False),
        (GrantKind.DELEGATE, BalKind.PER, BalKind.PER, {Right.CLOSE}, False),
        (GrantKind.DELEGATE, BalKind.PER, BalKind.PER, set(), False),
        (GrantKind.CARER, BalKind.CITIZEN, BalKind.CITIZEN, {Right.READ, Right.SEND}, True),
        (GrantKind.CARER, BalKind.CITIZEN, BalKind.CITIZEN, {Right.READ, Right.CLOSE}, False),
        (GrantKind.CARER, BalKind.CITIZEN, BalKind.PER, {Right.READ}, False),
        (GrantKind.REPRESENTATIVE, BalKind.PER, BalKind.CITIZEN, {Right.READ}, False),
        (GrantKind.REPRESENTATIVE, BalKind.CITIZEN, BalKind.CITIZEN, {Right.READ}, True),
    ],
)
def test_who_may_be_granted_what(
    kind: GrantKind, holder: BalKind, reader: BalKind, rights: set[Right], allowed: bool
) -> None:
    terms = Terms(kind, frozenset(rights), NOON, None)
    assert (refusal_of(terms, holder, reader, NOON) is None) is allowed


def test_a_grant_that_would_end_before_it_begins_is_none() -> None:
    for start, end in ((NOON, NOON), (NOON - timedelta(days=3), NOON - timedelta(days=2))):
        terms = Terms(GrantKind.CARER, READ, start, end)
        assert refusal_of(terms, BalKind.CITIZEN, BalKind.CITIZEN, NOON) is not None


@pytest.mark.parametrize(
    ("deed", "place", "needs"),
    [
        (Deed.LOOK, Place.OTHER, [{Right.READ}]),
        (Deed.OPEN, Place.HISTORY, [{Right.READ}]),
        (Deed.MARK, Place.OTHER, [{Right.READ}]),
        (Deed.MARK, Place.HISTORY, []),
        (Deed.FILE, Place.OTHER, [{Right.ARRANGE}]),
        (Deed.FILE, Place.SENT, [{Right.SEND}, {Right.ARRANGE}]),
        (Deed.FILE, Place.DRAFTS, [{Right.SEND}, {Right.ARRANGE}]),
        (Deed.FILE, Place.CLOSED, [{Right.CLOSE}]),
        (Deed.FILE, Place.HISTORY, []),
        (Deed.FILE, Place.BLOCKED, []),
        (Deed.DELETE, Place.BLOCKED, []),
        (Deed.DELETE, Place.OTHER, [{Right.ARRANGE}]),
        (Deed.DELETE, Place.SENT, [{Right.ARRANGE}]),
        (Deed.DELETE, Place.DRAFTS, [{Right.SEND}, {Right.ARRANGE}]),
        (Deed.DELETE, Place.HISTORY, []),
        (Deed.SHAPE, Place.OTHER, [{Right.ARRANGE}]),
        (Deed.CLOSE, Place.OTHER, [{Right.CLOSE}]),
        (Deed.SEND, Place.OTHER, [{Right.SEND}]),
    ],
)
def test_which_right_a_deed_needs_at_a_place(deed: Deed, place: Place, needs: list[set[Right]]) -> None:
    for size in range(len(Right) + 1):
        for chosen in combinations(Right, size):
            rights = frozenset(chosen)
            assert may(rights, deed, place) is any(need <= rights for need in needs), rights


@given(st.sampled_from(Deed), st.sampled_from(Place))
def test_without_a_right_nothing_is_allowed(deed: Deed, place: Place) -> None:
    assert not may(frozenset(), deed, place)
