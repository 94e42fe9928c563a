"""Chunks. RFC 3030 §2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.smtp.chunk import Chunk, ChunkReader, parse_bdat
from vaguemestre.smtp.grammar import LostPlaceError
from vaguemestre.smtp.lines import LineReader


@pytest.mark.parametrize(
    ("argument", "chunk"),
    [
        ("0", Chunk(0, False)),
        ("86 LAST", Chunk(86, True)),
        ("86 last", Chunk(86, True)),
        ("00086  LAST", Chunk(86, True)),
        ("9223372036854775808", Chunk(2**63, False)),
    ],
)
def test_a_chunk_is_announced(argument: str, chunk: Chunk) -> None:
    assert parse_bdat(argument) == chunk


@pytest.mark.parametrize(
    "argument",
    [
        "",
        "LAST",
        "-1",
        "+1",
        "1.0",
        "0x10",
        "1 2",
        "1 LAST LAST",
        "1LAST",
        "1 FIRST",
        "\u0661",
        "1" * 21,
        "1_0",
    ],
)
def test_what_has_no_length_is_no_chunk(argument: str) -> None:
    with pytest.raises(LostPlaceError):
        parse_bdat(argument)


@given(st.binary(max_size=40), st.integers(0, 50), st.lists(st.integers(1, 7), min_size=1, max_size=10))
def test_a_chunk_is_its_length_however_the_octets_are_cut(
    octets: bytes, size: int, lengths: list[int]
) -> None:
    reader = ChunkReader(size)
    chunk, at, turn = b"", 0, 0
    while not reader.ended and at < len(octets):
        piece = octets[at : at + lengths[turn % len(lengths)]]
        chunk, at, turn = chunk + reader.feed(piece), at + len(piece), turn + 1
    assert chunk == octets[:size]
    assert reader.ended == (len(octets) >= size)
    assert reader.leftover + octets[at:] == octets[size:]


def test_octets_taken_from_between_lines_are_no_line() -> None:
    lines = LineReader()
    lines.feed(b"BDAT 4\r\n\r\n\0\nNOOP\r\nQU")
    assert lines.next_line(100) == b"BDAT 4"
    assert lines.take(4) == b"\r\n\0\n"
    assert lines.next_line(100) == b"NOOP"
    assert lines.next_line(100) is None
    assert lines.take(10) == b"QU"
    lines.feed(b"\r\n")
    assert lines.next_line(100) == b""
