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


def test_accents_are_folded_until_the_client_takes_them() -> None:
    reply = Reply(550, 7, 1, "Cette conversation est fermée : « cœur »")
    assert encode_reply(reply) == b'550 5.7.1 Cette conversation est fermee : " coeur "\r\n'
    assert encode_reply(reply, utf8=True) == f"{reply}\r\n".encode()


@given(st.builds(Reply, st.sampled_from([250, 451, 550]), st.just(0), st.just(0), st.text()), st.booleans())
def test_no_text_can_write_a_reply_of_its_own(reply: Reply, utf8: bool) -> None:
    wire = encode_reply(reply, utf8)
    *lines, rest = wire.split(b"\r\n")
    assert rest == b""
    assert lines
    for number, line in enumerate(lines):
        mark = b" " if number == len(lines) - 1 else b"-"
        assert line.startswith(f"{reply.code}".encode() + mark + f"{reply.status} ".encode())
        assert len(line) <= 510
        assert not re.search(rb"[\x00-\x1f\x7f]", line)
        assert utf8 or line.isascii()


def test_a_long_text_takes_several_lines() -> None:
    wire = encode_reply(Reply(550, 7, 1, "word " * 300))
    assert wire.count(b"\r\n") > 1
    assert max(map(len, wire.split(b"\r\n"))) <= 510


@pytest.mark.parametrize("reply", CONSTANTS, ids=lambda reply: reply.text)
def test_the_doors_own_replies_fit_on_a_line(reply: Reply) -> None:
    assert encode_reply(reply).count(b"\r\n") == 1
