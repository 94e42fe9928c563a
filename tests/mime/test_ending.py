"""The end of a body is kept as it goes by, and is what decoding all of it would end with."""

import base64
import quopri
from hashlib import shake_128

from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.mime.archive import TAIL
from vaguemestre.mime.content import Encoding
from vaguemestre.mime.decoding import Decoder
from vaguemestre.mime.ending import KEPT, Ending
from vaguemestre.mime.examination import DISC_AT

BODY = shake_128(b"any octets").digest(200_000)


def _kept(encoding: Encoding, body: bytes, pieces: list[int]) -> Ending:
    ending, at = Ending(encoding), 0
    for piece in pieces:
        ending.feed(body[at : at + piece])
        at += piece
    ending.feed(body[at:])
    return ending


def _whole(encoding: Encoding, body: bytes) -> bytes:
    decoder = Decoder(encoding)
    return decoder.feed(body) + decoder.finish()


PIECES = st.lists(st.integers(1, 70_000), max_size=8)


@given(PIECES, st.integers(0, 5))
def test_base64_is_decoded_from_the_right_letter_on(pieces: list[int], skipped: int) -> None:
    body = base64.b64encode(BODY[skipped:])
    decoded = _kept(Encoding.BASE64, body, pieces).decoded()
    assert decoded[-TAIL:] == BODY[-TAIL:]


@given(PIECES, st.integers(70_000, 90_000))
def test_base64_in_slices_each_padded_is_decoded_from_the_right_letter_on(
    pieces: list[int], cut: int
) -> None:
    body = b"".join(base64.b64encode(part) for part in (BODY[:1], BODY[1:cut], BODY[cut:]))
    decoded = _kept(Encoding.BASE64, body, pieces).decoded()
    assert decoded[-TAIL:] == BODY[-TAIL:]


@given(PIECES)
def test_what_travels_as_it_is_ends_as_it_is(pieces: list[int]) -> None:
    assert _kept(Encoding.IDENTITY, BODY, pieces).decoded()[-TAIL:] == BODY[-TAIL:]


def test_the_end_of_quoted_printable_is_decoded() -> None:
    body = quopri.encodestring(b"caf\xe9 " * 20_000 + b"PK\x05\x06")
    assert (
        _kept(Encoding.QUOTED_PRINTABLE, body, [30_000] * 10).decoded()[-1_000:]
        == (_whole(Encoding.QUOTED_PRINTABLE, body)[-1_000:])
    )


@given(PIECES)
def test_no_more_is_kept_than_is_looked_at_and_a_piece(pieces: list[int]) -> None:
    ending = _kept(Encoding.IDENTITY, BODY, pieces)
    assert len(ending.decoded()) < KEPT + max([*pieces, len(BODY) - sum(pieces)])
    assert ending.is_whole is (ending.decoded() == BODY)


@given(st.integers(0, 90_000), st.sampled_from([b"PK\x05\x06", b"CD001"]), st.integers(0, 2), PIECES)
def test_what_is_found_by_decoding_is_seen_in_the_letters(
    at: int, mark: bytes, after: int, pieces: list[int]
) -> None:
    if mark == b"CD001":
        at = DISC_AT
    body = base64.b64encode(BODY[:at] + mark + BODY[: 40_000 + after])
    assert not _kept(Encoding.BASE64, body, []).has_no_mark()
    ending = _kept(Encoding.BASE64, body, pieces)
    assert (
        not ending.has_no_mark() or mark not in ending.decoded() or (mark == b"CD001" and not ending.is_whole)
    )


def test_letters_in_slices_and_other_ways_to_travel_are_never_passed_over_unread() -> None:
    sliced = base64.b64encode(b"PK") + base64.b64encode(b"\x05\x06")
    assert not _kept(Encoding.BASE64, sliced, []).has_no_mark()
    assert not _kept(Encoding.IDENTITY, b"PK\x05\x06", []).has_no_mark()
    assert not _kept(Encoding.QUOTED_PRINTABLE, b"P=4B=05=06", []).has_no_mark()
    assert _kept(Encoding.BASE64, base64.b64encode(bytes(90_000)), []).has_no_mark()
