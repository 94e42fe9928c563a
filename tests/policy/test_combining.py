"""Verdicts are combined by weight: no order of rules, ever, changes a decision.

Nor does it change one that rules are left out which have nothing to look at.
"""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.support.builders import (
    CITIZEN,
    DOCTOR,
    NOON,
    OTHER_CITIZEN,
    OTHER_DOCTOR,
    a_bal,
    a_pair,
    a_policy,
)

from vaguemestre.mail.access import Right
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind, BalState
from vaguemestre.mail.conversation import ClosedBy, ConversationId
from vaguemestre.mail.correspondent import Correspondent
from vaguemestre.mail.distinguished_name import parse_name
from vaguemestre.mail.examined import Finding, Flaw
from vaguemestre.mail.health_document import DocumentKind, HealthDocument, Mark
from vaguemestre.mail.media_types import UNEXAMINED
from vaguemestre.mail.message import Attachment, MessageFacts
from vaguemestre.mail.peer import Peer
from vaguemestre.policy.case import Case, Hold, SenderCase, Standing
from vaguemestre.policy.dispensation import Dispensation
from vaguemestre.policy.limits import (
    Carriage,
    CitizenMayWrite,
    Destination,
    InsKeyCheck,
    Limits,
    ReplyWithoutReference,
)
from vaguemestre.policy.rulebook import (
    RECIPIENT_RULES,
    RULES,
    SENDER_RULES,
    asked_of_recipient,
    asked_of_sender,
    judge,
    judge_sender,
)
from vaguemestre.policy.solicitation import Side, Solicitation
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


_ADDRESSES = st.sampled_from([parse_address(text) for text in (DOCTOR, OTHER_DOCTOR, CITIZEN, OTHER_CITIZEN)])
_BALS = st.builds(
    lambda address, kind, state, quota, sector: replace(
        a_bal(str(address), kind, state, quota, 1_000), sector=sector
    ),
    _ADDRESSES,
    st.sampled_from(BalKind),
    st.sampled_from(BalState),
    st.sampled_from([0, 1_500]),
    st.sampled_from([None, "SA33"]),
)
_SMALL = Limits(2_000, 2, timedelta(days=1), 1, {})
_TIGHT = {(to, kind): Carriage(1_000, 500, 1) for to in Destination for kind in BalKind}
_POLICIES = st.builds(
    lambda may, key, limits, without, checks: replace(
        a_policy(may, key, limits, without), checks_dispensation=checks
    ),
    st.sampled_from(CitizenMayWrite),
    st.sampled_from(InsKeyCheck),
    st.sampled_from([Limits(), _SMALL, replace(_SMALL, carriage=_TIGHT)]),
    st.sampled_from(ReplyWithoutReference),
    st.booleans(),
)
_DOCUMENTS = st.builds(
    HealthDocument,
    st.sampled_from(DocumentKind),
    where=st.just(""),
    patients=st.lists(st.sampled_from([CITIZEN[:15], OTHER_CITIZEN[:15]]), max_size=2).map(tuple),
    marks=st.lists(
        st.builds(Mark, st.sampled_from(["INVISIBLE_PATIENT", "MASQUE_PS"]), st.sampled_from("YNx"))
    ).map(tuple),
    is_readable=st.booleans(),
)
_ATTACHMENTS = st.builds(
    Attachment,
    st.just("lettre"),
    st.just("application/pdf"),
    st.sampled_from(["application/pdf", "application/x-msdownload", "application/vnd.rar", UNEXAMINED]),
    st.sampled_from([0, 400, 20_000_000]),
    st.lists(st.builds(Finding, st.sampled_from(Flaw)), max_size=2).map(tuple),
    st.booleans(),
    st.lists(_DOCUMENTS, max_size=2).map(tuple),
)
_FEW = st.lists(_ADDRESSES, max_size=2).map(tuple)
_FACTS = st.builds(
    MessageFacts,
    size=st.sampled_from([500, 5_000, 30_000_000]),
    subject=st.sampled_from(["Re: votre lettre", "Bonjour"]),
    message_id=st.none(),
    references=st.just(()),
    from_=_FEW,
    unreadable_from=st.booleans(),
    reply_to=_FEW,
    to=_FEW,
    cc=_FEW,
    mss_mes=st.none(),
    expires=st.sampled_from([None, NOON, NOON + timedelta(days=9)]),
    attachments=st.lists(_ATTACHMENTS, max_size=2).map(tuple),
    has_bare_line_end=st.booleans(),
    has_nul=st.booleans(),
    has_too_many_addresses=st.booleans(),
    sender=_FEW,
    hops=st.sampled_from([(), ("ici",) * 30, ("ailleurs",) * 200]),
    infection=st.sampled_from([None, "Eicar"]),
    was_not_scanned=st.booleans(),
    has_too_large_header=st.booleans(),
    is_automatic=st.booleans(),
)
_ELSEWHERE = [parse_address(text) for text in ("anne@clinique.mssante.fr", "1a@patients.example.fr")]
_CORRESPONDENTS = st.builds(Correspondent, st.sampled_from(_ELSEWHERE), st.booleans())
_PEERS = st.builds(
    Peer,
    st.just(parse_name("CN=smtp,O=Clinique,C=FR")),
    st.sampled_from([frozenset({"clinique.mssante.fr"}), frozenset({"cabinet.mssante.fr"})]),
    st.just("192.0.2.1"),
)
_HOLDS = st.builds(
    Hold,
    st.sampled_from([NOON - timedelta(1), NOON + timedelta(1), NOON + timedelta(100)]),
    st.just(NOON),
    st.sampled_from([0, 5_000]),
)
_SOLICITATIONS = st.builds(
    Solicitation,
    st.sampled_from([None, 1, 3]),
    st.lists(
        st.builds(Side, st.just(ConversationId(1)), st.integers(0, 3), st.sampled_from([None, 2])), max_size=2
    ).map(tuple),
)
_SENT = (
    st.none() | _ADDRESSES | st.sampled_from(_ELSEWHERE),
    st.sampled_from([None, 100, 40_000_000]),
    st.sampled_from([0, 1, 5_000]),
    st.none() | _FACTS,
)
_SENDER_CASES = st.builds(SenderCase, _POLICIES, _CORRESPONDENTS, *_SENT, peer=_PEERS) | st.builds(
    SenderCase,
    _POLICIES,
    _BALS,
    *_SENT,
    reader=st.none() | _BALS,
    rights=st.sampled_from([frozenset[Right](), frozenset({Right.SEND})]),
    hold=st.none() | _HOLDS,
)


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    bal, policy = draw(_BALS), draw(_POLICIES)
    sender, holder = draw(st.just(bal) | _CORRESPONDENTS), draw(st.none() | _BALS | _CORRESPONDENTS)
    closed = st.sampled_from(list(ClosedBy))
    pairs = st.builds(lambda is_closed, by: a_pair(bal, bal, is_closed, by=by), st.booleans(), closed)
    return Case(
        NOON,
        policy,
        sender,
        holder.address if holder is not None and draw(st.booleans()) else draw(_ADDRESSES),
        holder,
        draw(st.integers(0, 2)),
        draw(st.lists(pairs, max_size=2).map(tuple)),
        draw(st.none() | pairs),
        draw(st.none() | _FACTS),
        draw(st.booleans()),
        (),
        draw(st.booleans()),
        draw(st.none() | pairs),
        draw(st.sampled_from([None, 40_000_000])),
        draw(st.sampled_from(Dispensation)),
        draw(st.none() | _SOLICITATIONS),
        draw(st.sampled_from(Standing)),
    )


@given(_SENDER_CASES)
def test_a_rule_that_is_not_asked_of_a_sender_would_abstain(case: SenderCase) -> None:
    asked = asked_of_sender(case)
    assert [rule.__name__ for rule in SENDER_RULES if rule not in asked and _speaks(rule(case))] == []
    refusals = [verdict for rule in SENDER_RULES if (verdict := rule(case)).refuses]
    assert judge_sender(case).reply == (combine(refusals).reply if refusals else None)


@given(_cases())
def test_a_rule_that_is_not_asked_of_a_recipient_would_abstain(case: Case) -> None:
    asked = asked_of_recipient(case)
    assert [rule.__name__ for rule in RECIPIENT_RULES if rule not in asked and _speaks(rule(case))] == []
    assert judge(case) == combine(rule(case) for rule in RECIPIENT_RULES)


def _speaks(verdict: Verdict) -> bool:
    return verdict.weight is not Weight.ABSTAIN
