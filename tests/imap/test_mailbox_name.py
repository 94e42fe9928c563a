"""Mailbox names: RFC 9051 §5.1, RFC 3501 §5.1.3."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.list_pattern import matches
from vaguemestre.imap.mailbox_name import decode_mailbox_name, encode_mailbox_name

NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=60).filter(
    lambda name: name.upper() != "INBOX"
)


@pytest.mark.parametrize(
    ("octets", "name"),
    [
        (b"Envoy&AOk-s", "Envoyés"),
        (b"R&AOk-ception & compagnie", None),
        (b"A &- B", "A & B"),
        (b"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語"),
        (b"&2D3cjA-", "💌"),
        (b"inBoX", "INBOX"),
        (b"&Jjo!", None),  # never closed
        (b"&Jjo-&Jjo-", None),  # two runs where one would do
        (b"&AGE-", None),  # base64 of what stands for itself
        (b"&U/BTFw-", None),  # a slash in the base64
        (b"&2D0-", None),  # half of a pair
        (b"&A-", None),
        ("Envoyés".encode(), "Envoyés"),  # UTF-8 from clients that never enabled it
        (b"\xe9", None),
        (b"a\x00b", None),
        (b"a\r\nb", None),
        (b"&AAo-", None),  # a line feed in disguise
        (b"x" * 1001, None),
    ],
)
def test_modified_utf7_has_one_spelling(octets: bytes, name: str | None) -> None:
    if name is None:
        with pytest.raises(CommandSyntaxError):
            decode_mailbox_name(octets, utf8=False)
    else:
        assert decode_mailbox_name(octets, utf8=False) == name


@given(NAMES, st.booleans())
def test_a_printed_name_reads_the_same(name: str, utf8: bool) -> None:
    assert decode_mailbox_name(encode_mailbox_name(name, utf8), utf8) == name


@given(st.binary(max_size=40), st.booleans())
def test_octets_are_a_name_or_are_refused(octets: bytes, utf8: bool) -> None:
    try:
        name = decode_mailbox_name(octets, utf8)
    except CommandSyntaxError:
        return
    assert decode_mailbox_name(encode_mailbox_name(name, utf8), utf8) == name


def test_after_enable_an_ampersand_is_itself() -> None:
    assert decode_mailbox_name(b"A & B &AOk-", utf8=True) == "A & B &AOk-"


def test_only_ascii_makes_inbox() -> None:
    assert decode_mailbox_name("ınbox".encode(), utf8=True) == "ınbox"


@pytest.mark.parametrize(
    ("pattern", "name", "does"),
    [
        ("*", "a/b/c", True),
        ("%", "a", True),
        ("%", "a/b", False),
        ("a/%", "a/b", True),
        ("a/%", "a/b/c", False),
        ("a*", "a", True),
        ("%/%", "a/b", True),
        ("inbox", "INBOX", True),
        ("In%", "INBOX", True),
        ("sent", "Sent", False),
        ("", "a", False),
        ("a.c", "abc", False),
        ("[a]", "a", False),
        ("*s", "Envoyés", True),
        ("INBOX*", "INBOXES", True),
    ],
)
def test_patterns_match(pattern: str, name: str, does: bool) -> None:
    assert matches(pattern, name) is does


@given(st.text("ab/*%", max_size=12), st.text("ab/", max_size=12))
def test_a_pattern_matches_as_its_regular_expression_does(pattern: str, name: str) -> None:
    expression = "".join({"*": ".*", "%": "[^/]*"}.get(character, character) for character in pattern)
    assert matches(pattern, name) == (re.fullmatch(expression, name) is not None)
