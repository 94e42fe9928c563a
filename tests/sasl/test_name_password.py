"""What the octets of PLAIN and LOGIN say. RFC 4616 §2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.sasl.errors import SaslSyntaxError
from vaguemestre.sasl.name_password import NamePassword, parse_login, parse_plain

WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(WORDS, WORDS)
def test_plain_gives_back_the_name_and_the_password(username: str, password: str) -> None:
    assert parse_plain(f"\0{username}\0{password}".encode()) == (username, password, "")


def test_an_account_may_say_twice_who_it_is() -> None:
    assert parse_plain(b"A@b.fr\0a@b.fr\0secret").username == "a@b.fr"


@pytest.mark.parametrize(
    "message", [b"", b"a@b.fr\0secret", b"\0a@b.fr\0", b"\0\0secret", b"\0a\0b\0c", b"\0\xff\0secret"]
)
def test_credentials_of_another_form_are_refused(message: bytes) -> None:
    with pytest.raises(SaslSyntaxError):
        parse_plain(message)


def test_an_authorisation_identity_of_another_says_for_whom() -> None:
    assert parse_plain(b"other@b.fr\0a@b.fr\0secret") == ("a@b.fr", "secret", "other@b.fr")
    assert parse_plain(b"A@b.fr\0a@b.fr\0secret").acts_as == ""


def test_login_takes_two_answers() -> None:
    assert parse_login("é@b.fr".encode(), b"secret") == ("é@b.fr", "secret", "")
    for username in (b"", b"\xff", b"a\0b"):
        with pytest.raises(SaslSyntaxError):
            parse_login(username, b"secret")


def test_a_password_does_not_show_in_a_traceback() -> None:
    assert "secret" not in repr(NamePassword("a@b.fr", "secret"))
