"""Replies on the wire. RFC 5321 §4.2, RFC 2034 §4, RFC 6531 §3.7.4.2."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.mail.reply import Reply
from vaguemestre.smtp import replies
from vaguemestre.smtp.replies import encode_reply

CONSTANTS = [value for value in vars(replies).values() if isinstance(value, Reply)]


def test_one_line_is_one_line() -> None:
    assert encode_reply(replies.OK) == b"250 2.0.0 OK\r\n"


def test_every_line_carries_the_codes() -> None:
    reply = Reply(550, 7, 1, "Seul le professionnel\npeut commencer")
    assert encode_reply(reply) == b"550-5.7.1 Seul le professionnel\r\n550 5.7.1 peut commencer\r\n"


def test_what_people_read_is_said_in_both_languages_under_its_identifier() -> None:
    reply = Reply(550, 7, 1, "This conversation is closed", "Cette conversation est fermée", "MSS-CONV-2")
    assert encode_reply(reply) == (
        b"550-5.7.1 [MSS-CONV-2] Cette conversation est fermee\r\n"
        b"550 5.7.1 [MSS-CONV-2] This conversation is closed\r\n"
    )
    assert str(reply) == "550 5.7.1 [MSS-CONV-2] This conversation is closed"
    assert reply.in_french() == "550 5.7.1 [MSS-CONV-2] Cette conversation est fermée"


def test_accents_are_dropped_and_nothing_is_mangled() -> None:
    reply = Reply(550, 7, 1, "", "À l’hôpital : « cœur », ça va…")
    assert encode_reply(reply) == b'550 5.7.1 A l\'hopital : "coeur", ca va...\r\n'


_REPLIES = st.builds(
    Reply,
    st.sampled_from([250, 451, 550]),
    st.just(0),
    st.just(0),
    st.text(),
    st.text(),
    st.text(max_size=12),
)


@given(_REPLIES)
def test_no_text_can_write_a_reply_of_its_own(reply: Reply) -> None:
    *lines, rest = encode_reply(reply).split(b"\r\n")
    assert rest == b""
    assert lines
    for number, line in enumerate(lines):
        mark = b" " if number == len(lines) - 1 else b"-"
        assert line.startswith(f"{reply.code}".encode() + mark + f"{reply.status} ".encode())
        assert len(line) <= 510
        assert not re.search(rb"[\x00-\x1f\x7f]", line)
        assert line.isascii()


def test_a_long_text_takes_several_lines() -> None:
    wire = encode_reply(Reply(550, 7, 1, "word " * 300))
    assert wire.count(b"\r\n") > 1
    assert max(map(len, wire.split(b"\r\n"))) <= 510


@pytest.mark.parametrize("reply", CONSTANTS, ids=lambda reply: reply.text)
def test_the_doors_own_replies_take_a_line_a_language(reply: Reply) -> None:
    assert encode_reply(reply).count(b"\r\n") == len(reply.sentences)
