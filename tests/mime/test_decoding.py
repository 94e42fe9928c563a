"""Bodies decoded piece by piece. RFC 2045 §6.7, §6.8."""

import base64
import binascii
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vaguemestre.mime.content import Encoding
from vaguemestre.mime.decoding import Decoder

ENCODED = st.one_of(
    st.binary(max_size=200),
    st.text("=AaFf09 \t\r\n-z", max_size=200).map(str.encode),
)


def decoded(encoding: Encoding, *pieces: bytes) -> bytes:
    decoder = Decoder(encoding)
    return b"".join([*map(decoder.feed, pieces), decoder.finish()])


@given(ENCODED, st.lists(st.integers(0, 200), max_size=8), st.sampled_from(Encoding))
def test_how_a_body_is_cut_never_matters(octets: bytes, cuts: list[int], encoding: Encoding) -> None:
    places = [0, *sorted(min(cut, len(octets)) for cut in cuts), len(octets)]
    pieces = [octets[start:stop] for start, stop in pairwise(places)]
    assert decoded(encoding, *pieces) == decoded(encoding, octets)


@given(st.binary(max_size=300))
@example(b"\n\r\n")
def test_what_was_encoded_comes_back(octets: bytes) -> None:
    assert decoded(Encoding.BASE64, base64.encodebytes(octets)) == octets
    # Line ends too: ``quopri`` writes CR LF after a bare LF as another LF.
    printable = binascii.b2a_qp(octets, quotetabs=True, istext=False)
    assert decoded(Encoding.QUOTED_PRINTABLE, printable) == octets
    assert decoded(Encoding.IDENTITY, octets) == octets


@pytest.mark.parametrize(
    ("octets", "meant"),
    [
        (b"QU!JD\r\n-\0RA==", b"ABCD"),
        (b"QQ==Qg==", b"AB"),  # each slice with its padding
        (b"QUJDR", b"ABC"),
        (b"====", b""),
    ],
)
def test_junk_in_base64_is_skipped(octets: bytes, meant: bytes) -> None:
    assert decoded(Encoding.BASE64, octets) == meant


@pytest.mark.parametrize(
    ("octets", "meant"),
    [
        (b"a=E9=\r\nb= \t\r\nc=\nd", b"a\xe9bcd"),
        (b"1=2 = =Z=", b"1=2 = =Z="),
        (b"==\r\n41", b"=41"),  # an equals sign, a soft line end, two digits
        (b"=\rlost?\n", b"=\rlost?\n"),
    ],
)
def test_in_quoted_printable_what_is_no_escape_is_itself(octets: bytes, meant: bytes) -> None:
    assert decoded(Encoding.QUOTED_PRINTABLE, octets) == meant
