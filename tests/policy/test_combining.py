"""Verdicts are combined by weight: no order of rules, ever, changes a decision."""

from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.policy.rulebook import RULES
from vaguemestre.policy.verdict import SILENCE, Verdict, Weight, abstain, combine, permit, refuse

_RULE = st.sampled_from(["ADR-1", "ATT-1", "CONV-1", "CONV-2", "LIM-1"])
_VERDICT = st.one_of(
    _RULE.map(abstain),
    _RULE.map(permit),
    _RULE.map(lambda rule: refuse(rule, 550, 7, 1, fr=f"refusé par {rule}", en=f"refused by {rule}")),
    _RULE.map(lambda rule: refuse(rule, 452, 2, 2, fr=f"remis par {rule}", en=f"deferred by {rule}")),
)


@given(st.lists(_VERDICT, max_size=8).flatmap(lambda v: st.tuples(st.just(v), st.permutations(v))))
def test_the_order_of_verdicts_never_matters(orders: tuple[list[Verdict], list[Verdict]]) -> None:
    first, second = orders
    assert combine(first) == combine(second)


@given(st.lists(_VERDICT, max_size=8))
def test_refuse_beats_permit_beats_abstain_and_silence_refuses(verdicts: list[Verdict]) -> None:
    decision = combine(verdicts)
    heaviest = max((verdict.weight for verdict in verdicts), default=Weight.ABSTAIN)
    expected = Weight.REFUSE if heaviest is Weight.ABSTAIN else heaviest
    assert decision.weight is expected
    if heaviest is Weight.ABSTAIN:
        assert decision is SILENCE


def test_every_rule_says_its_identifier_first_and_no_two_share_one() -> None:
    names = [(rule.__doc__ or "").partition(":")[0] for rule in RULES]
    assert len(set(names)) == len(names)
    assert all(name.partition("-")[2].isdigit() for name in names)
