"""The lines of a sign-in. RFC 4954 §4."""

import pytest

from vaguemestre.smtp.auth_lines import decode_initial_response, decode_response, encode_challenge
from vaguemestre.smtp.grammar import CommandSyntaxError


@pytest.mark.parametrize(
    ("line", "status"),
    [(b"*", "501 5.7.0"), (b"%%%", "501 5.5.2"), (b"YQ", "501 5.5.2"), (b"Y Q==", "501 5.5.2")],
)
def test_a_response_is_base64_or_a_refusal(line: bytes, status: str) -> None:
    with pytest.raises(CommandSyntaxError) as caught:
        decode_response(line)
    assert str(caught.value.reply).startswith(status)


def test_an_equals_sign_is_an_empty_initial_response() -> None:
    assert decode_initial_response("=") == b""


def test_an_empty_challenge_keeps_its_space() -> None:
    assert encode_challenge(b"") == b"334 \r\n"
