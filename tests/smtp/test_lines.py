"""Command lines. RFC 5321 §2.3.8, RFC 5321 §4.5.3.1.4."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.smtp import replies
from vaguemestre.smtp.grammar import CommandSyntaxError, LostPlaceError
from vaguemestre.smtp.lines import MAX_DISCARDED, LineReader

NASTY = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"\0", b"NOOP", b"x" * 30]), max_size=30).map(
    b"".join
)
CUTS = st.lists(st.integers(min_value=1, max_value=7), min_size=1, max_size=20)
LIMIT = 64


def heard(reader: LineReader) -> list[bytes | str]:
    """Every line that is there, or the text of its refusal."""
    said: list[bytes | str] = []
    while True:
        try:
            line = reader.next_line(LIMIT)
        except CommandSyntaxError as error:
            said.append(error.reply.text)
            continue
        if line is None:
            return said
        said.append(line)


@given(NASTY, CUTS)
def test_how_the_octets_are_cut_never_matters(octets: bytes, lengths: list[int]) -> None:
    at_once, piecemeal = LineReader(), LineReader()
    at_once.feed(octets)
    expected = heard(at_once)
    said: list[bytes | str] = []
    at, turn = 0, 0
    while at < len(octets):
        length = lengths[turn % len(lengths)]
        piecemeal.feed(octets[at : at + length])
        said += heard(piecemeal)
        at, turn = at + length, turn + 1
    assert said == expected


def test_a_bare_lf_does_not_end_a_command() -> None:
    reader = LineReader()
    reader.feed(b"NOOP\nMAIL FROM:<x@example.org>\n")
    assert heard(reader) == []
    reader.feed(b"\r\nQUIT\r\n")
    assert heard(reader) == [replies.BARE_LINE_END.text, b"QUIT"]


def test_a_line_too_long_is_refused_once_and_the_next_is_heard() -> None:
    reader = LineReader()
    reader.feed(b"x" * (LIMIT * 3))
    assert heard(reader) == []
    assert len(reader) == 0
    reader.feed(b"\r\nNOOP\r\n")
    assert heard(reader) == [replies.LINE_TOO_LONG.text, b"NOOP"]


def test_the_limit_counts_the_line_end() -> None:
    reader = LineReader()
    reader.feed(b"x" * (LIMIT - 2) + b"\r\n" + b"x" * (LIMIT - 1) + b"\r\n")
    assert heard(reader) == [b"x" * (LIMIT - 2), replies.LINE_TOO_LONG.text]


def test_a_line_without_end_is_given_up_in_bounded_memory() -> None:
    reader = LineReader()
    for _ in range(MAX_DISCARDED // 1000):
        reader.feed(b"x" * 1000)
        assert reader.next_line(LIMIT) is None
        assert len(reader) <= 1
    reader.feed(b"x" * 1000)
    with pytest.raises(LostPlaceError):
        reader.next_line(LIMIT)
    assert len(reader) <= 1


def test_nothing_is_left_of_what_was_taken() -> None:
    reader = LineReader()
    reader.feed(b"x" * 1000)
    assert reader.next_line(LIMIT) is None
    reader.feed(b"rest")
    assert reader.take_all() == b"rest"
    reader.feed(b"NOOP\r\n")
    assert heard(reader) == [b"NOOP"]
