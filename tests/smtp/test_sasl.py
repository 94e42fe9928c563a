"""What the octets of a sign-in say. RFC 4954 §4, RFC 4616 §2."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.smtp.grammar import CommandSyntaxError
from vaguemestre.smtp.sasl import (
    Credentials,
    decode_initial_response,
    decode_response,
    encode_challenge,
    parse_login,
    parse_plain,
)

WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(WORDS, WORDS)
def test_plain_gives_back_the_name_and_the_password(username: str, password: str) -> None:
    wire = b64encode(f"\0{username}\0{password}".encode())
    assert parse_plain(decode_response(wire)) == (username, password)


def test_an_account_may_say_twice_who_it_is() -> None:
    assert parse_plain(b"A@b.fr\0a@b.fr\0secret").username == "a@b.fr"


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (b"", "501 5.5.2"),
        (b"a@b.fr\0secret", "501 5.5.2"),
        (b"\0a@b.fr\0", "501 5.5.2"),
        (b"\0\0secret", "501 5.5.2"),
        (b"\0a\0b\0c", "501 5.5.2"),
        (b"\0\xff\0secret", "501 5.5.2"),
        (b"other@b.fr\0a@b.fr\0secret", "535 5.7.8"),
    ],
)
def test_credentials_of_another_form_are_refused(message: bytes, status: str) -> None:
    with pytest.raises(CommandSyntaxError) as caught:
        parse_plain(message)
    assert str(caught.value.reply).startswith(status)


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


def test_login_takes_two_answers() -> None:
    assert parse_login("é@b.fr".encode(), b"secret") == ("é@b.fr", "secret")
    with pytest.raises(CommandSyntaxError):
        parse_login(b"", b"secret")
    with pytest.raises(CommandSyntaxError):
        parse_login(b"\xff", b"secret")


def test_a_password_does_not_show_in_a_traceback() -> None:
    assert "secret" not in repr(Credentials("a@b.fr", "secret"))
