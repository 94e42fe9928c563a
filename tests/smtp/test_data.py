"""The end of data. RFC 5321 §4.1.1.4, RFC 5321 §4.5.2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.smtp.data import DataReader, stuff

# Everything that matters to the reader, and one octet that does not.
NASTY = st.lists(
    st.sampled_from([b"\r", b"\n", b".", b"x", b"\r\n", b"\r\n.", b"\n.\n", b"\0"]), max_size=40
).map(b"".join)
CUTS = st.lists(st.integers(min_value=1, max_value=7), min_size=1, max_size=20)


def read(pieces: list[bytes]) -> tuple[bytes, bool, bytes]:
    """Feed pieces until the end; what follows in later pieces is leftover too."""
    reader = DataReader()
    clear = b""
    for number, piece in enumerate(pieces):
        clear += reader.feed(piece)
        if reader.ended:
            return clear, True, reader.leftover + b"".join(pieces[number + 1 :])
    return clear, False, b""


def cut(octets: bytes, lengths: list[int]) -> list[bytes]:
    pieces, at, turn = [], 0, 0
    while at < len(octets):
        length = lengths[turn % len(lengths)]
        pieces.append(octets[at : at + length])
        at, turn = at + length, turn + 1
    return pieces


@given(NASTY, CUTS)
def test_how_the_octets_are_cut_never_matters(octets: bytes, lengths: list[int]) -> None:
    assert read(cut(octets, lengths)) == read([octets])


@given(NASTY)
def test_what_was_stuffed_comes_back_the_same(message: bytes) -> None:
    whole = message if message.endswith(b"\r\n") or not message else message + b"\r\n"
    assert read([stuff(message) + b"QUIT\r\n"]) == (whole, True, b"QUIT\r\n")


@given(NASTY, CUTS)
def test_nothing_given_out_is_ever_taken_back(octets: bytes, lengths: list[int]) -> None:
    so_far = b""
    reader = DataReader()
    whole = read([octets])[0]
    for piece in cut(octets, lengths):
        so_far += reader.feed(piece)
        assert whole.startswith(so_far)
        if reader.ended:
            break


@pytest.mark.parametrize(
    "end",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r\n.\n",
        b"\r.\r",
        b"\r.\r\n",
        b"\r\n.\r",
        b"\r\n.\r\r\n",
        b"\r\n.\0\r\n",
        b"\r\n .\r\n",
        b"\r\n\0.\r\n",
        b"\r\n..\r\n",
    ],
)
def test_nothing_but_crlf_dot_crlf_ends_a_message(end: bytes) -> None:
    assert read([b"text" + end + b"MAIL FROM:<x@example.org>\r\n"])[1] is False


@pytest.mark.parametrize(
    ("sent", "clear", "leftover"),
    [
        (b".\r\n", b"", b""),
        (b".\r\nNOOP\r\n", b"", b"NOOP\r\n"),
        (b"..\r\n.\r\n", b".\r\n", b""),
        (b"a\r\n.\r\n.\r\n", b"a\r\n", b".\r\n"),
        (b"a\r\n.b\r\n.\r\n", b"a\r\nb\r\n", b""),
        (b"\r\n.\r\n", b"\r\n", b""),
        (b"a\nb\rc\r\n.\r\n", b"a\nb\rc\r\n", b""),
    ],
)
def test_a_message_is_read_to_its_end_and_no_further(sent: bytes, clear: bytes, leftover: bytes) -> None:
    assert read([sent]) == (clear, True, leftover)


def test_octets_after_the_end_are_not_taken_for_the_message() -> None:
    reader = DataReader()
    reader.feed(b".\r\n")
    with pytest.raises(ValueError, match="commands"):
        reader.feed(b"more")
