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
