"""The life of an account, row by row. domain.md §2, profile states."""

import itertools

import pytest

from vaguemestre.mail.bal import BalKind, BalState
from vaguemestre.policy.profiles import PASSAGES, AskedBy, ProfileAct, acts_open_to, leaves, passage

HOLDER, OPERATOR, RULE = AskedBy.HOLDER, AskedBy.OPERATOR, AskedBy.RULE
LIVES = [
    # of a citizen, said as a lawyer would
    ("inactive", "activate", {HOLDER, OPERATOR}, "active"),
    ("inactive", "oppose", {HOLDER}, "opposed"),
    ("inactive", "close", {HOLDER, OPERATOR, RULE}, "closed"),
    ("active", "suspend", {OPERATOR, RULE}, "suspended"),
    ("active", "oppose", {HOLDER}, "opposed"),
    ("active", "close", {HOLDER, OPERATOR, RULE}, "closed"),
    ("suspended", "resume", {HOLDER, OPERATOR}, "active"),
    ("suspended", "oppose", {HOLDER}, "opposed"),
    ("suspended", "close", {HOLDER, OPERATOR, RULE}, "closed"),
    ("opposed", "reopen", {HOLDER}, "active"),
    ("closed", "reopen", {HOLDER, OPERATOR}, "active"),
]


def test_a_citizens_profile_goes_these_ways_and_no_other() -> None:
    known = {(state, act): (by, to) for state, act, by, to in LIVES}
    for state, act, by in itertools.product(BalState, ProfileAct, AskedBy):
        row = passage(BalKind.CITIZEN, state, act, by)
        allowed, to = known.get((state.value, act.value), (set(), None))
        assert (row is not None) == (by in allowed), (state, act, by)
        assert row is None or row.to.value == to


@pytest.mark.parametrize("kind", [kind for kind in BalKind if kind.is_professional])
def test_to_oppose_is_for_citizens_and_all_the_rest_for_everybody(kind: BalKind) -> None:
    assert passage(kind, BalState.ACTIVE, ProfileAct.OPPOSE, HOLDER) is None
    for state, act, by, to in LIVES:
        row = passage(kind, BalState(state), ProfileAct(act), next(iter(by)))
        if act != "oppose" and state != "opposed":
            assert row is not None
            assert row.to.value == to


def test_from_every_state_somebody_can_get_everywhere_else() -> None:
    ways = {(state, row.to) for row in PASSAGES for state in row.of if BalKind.CITIZEN in row.kinds}
    reached = {BalState.INACTIVE}
    for _ in BalState:
        reached |= {to for state, to in ways if state in reached}
    assert reached == set(BalState)


def test_who_leaves_receives_nothing_and_who_does_not_receives() -> None:
    assert {state for state in BalState if leaves(state)} == {s for s in BalState if not s.receives}


def test_what_may_be_done_is_told_in_the_order_of_the_table() -> None:
    assert acts_open_to(BalKind.CITIZEN, BalState.INACTIVE) == (
        ProfileAct.ACTIVATE,
        ProfileAct.OPPOSE,
        ProfileAct.CLOSE,
    )
