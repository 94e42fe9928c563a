"""The order of commands. RFC 5321 §4.1.4, RFC 3207 §4, RFC 4954 §4."""

import pytest

from vaguemestre.smtp import replies
from vaguemestre.smtp.order import SUBMISSION, Stage

VERBS = sorted(frozenset[str]().union(*SUBMISSION.allowed.values()))


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("verb", VERBS)
def test_a_command_is_in_the_table_or_refused(stage: Stage, verb: str) -> None:
    reply = SUBMISSION.refusal(stage, verb)
    if verb in SUBMISSION.allowed[stage]:
        assert reply is None
    else:
        assert reply is not None
        assert reply.code in {503, 530, 538}


def test_no_message_begins_before_signing_in() -> None:
    assert {stage for stage in Stage if SUBMISSION.refusal(stage, "MAIL") is None} == {Stage.SIGNED_IN}


def test_nobody_signs_in_where_tls_is_missing() -> None:
    assert SUBMISSION.refusal(Stage.IN_CLEAR, "AUTH") is replies.TLS_REQUIRED_TO_SIGN_IN
    assert SUBMISSION.refusal(Stage.IN_CLEAR, "MAIL") is replies.TLS_REQUIRED


def test_tls_does_not_begin_in_the_middle_of_a_message() -> None:
    assert SUBMISSION.refusal(Stage.SENDER, "STARTTLS") is replies.BAD_SEQUENCE
