"""What is learnt of a leaf's body while it goes by: decoded size, first and last decoded octets.

Cut anywhere, fed in any pieces, the result is the same. Sizes are of RFC 2045 §6.8 (base64: four letters make
three octets, everything else is skipped) and RFC 2045 §6.7 (quoted-printable).
"""

import binascii
import re
from typing import Final

from vaguemestre.mime.content import Encoding
from vaguemestre.mime.ending import Ending

SAMPLE_RAW: Final = 6_144  # octets as they travel: 4 KiB decoded from base64, line ends included

_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64_NOR_PADDING: Final = bytes(sorted(set(range(256)) - set(_BASE64 + b"=")))
_HEX_ESCAPE: Final = re.compile(rb"=[0-9A-Fa-f]{2}")
_SOFT_LINE_END: Final = re.compile(rb"=[ \t]{0,8}\r?\n")  # RFC 2045 §6.7, rule 5; blanks are added on the way


class Tally:
    """Counts one body; when not ``sized``, only its first octets are kept."""

    __slots__ = ("_carry", "_encoding", "_letters", "_sample", "_size", "_sized", "ending")

    def __init__(self, encoding: Encoding, sized: bool) -> None:
        self._encoding = encoding
        self._sized = sized
        self._letters = 0
        self._size = 0
        self._sample = b""
        self._carry = b""
        self.ending = Ending(encoding)

    def feed(self, piece: bytes) -> None:
        """Take the next octets of the body."""
        if self._sized and self._encoding is Encoding.BASE64:
            piece = piece.translate(None, _NOT_BASE64_NOR_PADDING)  # lest blank lines fill the sample
        if len(self._sample) < SAMPLE_RAW:
            self._sample = self._telling(self._sample + self._worth(piece))
        if not self._sized:
            return
        self.ending.feed(piece)
        if self._encoding is Encoding.BASE64:
            # Padding stands at the end alone: 20 µs of counting for each 64 KiB are spared by a look.
            self._letters += len(piece) - (piece.count(b"=") if b"=" in piece else 0)
        elif self._encoding is Encoding.QUOTED_PRINTABLE:
            piece = self._carry + piece
            # An escape is three octets: an equals sign among the last two waits for what follows.
            cut = piece.find(b"=", max(0, len(piece) - 2))
            cut = len(piece) if cut < 0 else cut
            self._size += _quoted_size(piece[:cut])
            self._carry = piece[cut:]
        else:
            self._size += len(piece)

    def _worth(self, piece: bytes) -> bytes:
        """What of a piece the sample may need: of quoted-printable much may turn out to stand for nothing."""
        if self._sized and self._encoding is Encoding.QUOTED_PRINTABLE:
            return piece
        return piece[: SAMPLE_RAW - len(self._sample)]

    def _telling(self, sample: bytes) -> bytes:
        """The sample cut to its length; in quoted-printable, without the line ends that stand for nothing."""
        if self._sized and self._encoding is Encoding.QUOTED_PRINTABLE:
            before = -1
            while before != len(sample):  # what is left may be one again
                before = len(sample)
                sample = _SOFT_LINE_END.sub(b"", sample)
        return sample[:SAMPLE_RAW]

    def decoded_size(self) -> int:
        """Octets once decoded, of all that was fed."""
        if self._encoding is Encoding.BASE64:
            return self._letters * 3 // 4
        return self._size + (_quoted_size(self._carry) if self._carry else 0)

    def sample(self) -> bytes:
        """The first octets, decoded: about 4 KiB at most of base64, 6 KiB of the rest."""
        return decode_body(self._sample, self._encoding)


def decode_body(octets: bytes, encoding: Encoding) -> bytes:
    """A body, or the beginning of one, decoded. Never raises: what is not of the encoding is skipped."""
    if encoding is Encoding.BASE64:
        # Some senders encode in slices, each with its padding: every slice is decoded on its own.
        slices = octets.translate(None, _NOT_BASE64_NOR_PADDING).split(b"=")
        return b"".join(
            binascii.a2b_base64(letters[: len(letters) - (len(letters) % 4 == 1)] + b"==")
            for letters in slices
            if letters
        )
    if encoding is Encoding.QUOTED_PRINTABLE:
        return binascii.a2b_qp(octets)
    return octets


def _quoted_size(octets: bytes) -> int:
    single = _HEX_ESCAPE.sub(b"x", octets)
    return len(single) - 3 * single.count(b"=\r\n") - 2 * single.count(b"=\n")
