"""The order of commands. RFC 5321 §4.1.4, RFC 3207 §4, RFC 4954 §4."""

import pytest

from vaguemestre.smtp import replies
from vaguemestre.smtp.order import RELAY, SUBMISSION, Order, Stage

ORDERS = {"submission": SUBMISSION, "relay": RELAY}
VERBS = sorted(frozenset[str]().union(*SUBMISSION.allowed.values()))


@pytest.mark.parametrize("order", ORDERS.values(), ids=list(ORDERS))
@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("verb", VERBS)
def test_a_command_is_in_the_table_or_refused(order: Order, stage: Stage, verb: str) -> None:
    reply = order.refusal(stage, verb)
    if verb in order.allowed.get(stage, ()):
        assert reply is None
    else:
        assert reply is not None
        assert reply.code in {502, 503, 530, 538}


def test_operators_have_nothing_before_tls_but_what_leads_to_it() -> None:
    refused = {verb for verb in VERBS if RELAY.refusal(Stage.IN_CLEAR, verb) is replies.TLS_REQUIRED}
    assert set(VERBS) - refused == {"EHLO", "NOOP", "QUIT", "STARTTLS"}


def test_operators_never_sign_in() -> None:
    assert not [stage for stage in Stage if RELAY.refusal(stage, "AUTH") is None]


def test_no_message_begins_before_signing_in() -> None:
    assert {stage for stage in Stage if SUBMISSION.refusal(stage, "MAIL") is None} == {Stage.SIGNED_IN}


def test_nobody_signs_in_where_tls_is_missing() -> None:
    assert SUBMISSION.refusal(Stage.IN_CLEAR, "AUTH") is replies.TLS_REQUIRED_TO_SIGN_IN
    assert SUBMISSION.refusal(Stage.IN_CLEAR, "MAIL") is replies.TLS_REQUIRED


def test_tls_does_not_begin_in_the_middle_of_a_message() -> None:
    assert SUBMISSION.refusal(Stage.SENDER, "STARTTLS") is replies.BAD_SEQUENCE
