"""Undoes a Content-Transfer-Encoding piece by piece, whatever stands in it. RFC 2045 §6.7, §6.8.

How the octets are cut never matters, memory is a few octets, and nothing raises: in base64 what is no letter
is skipped and every slice that ends in padding stands for itself; in quoted-printable an equals sign that
begins no escape and ends no line is itself.
"""

import binascii
import re
from typing import Final

from vaguemestre.mime.content import Encoding

_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_LETTERS: Final = bytes(sorted(set(range(256)) - set(_LETTERS)))
# RFC 2045 §6.7, rule 5: a soft line end; blanks are added to it on the way.
_SOFT_LINE_END: Final = re.compile(rb"=[ \t]{0,8}\r?\n")
_LONE_EQUALS: Final = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]{0,8}\r?\n)")
_UNFINISHED: Final = re.compile(rb"=(?:[0-9A-Fa-f]|[ \t]{0,8}\r?)?\Z")
_LONGEST_UNFINISHED: Final = 10


class Decoder:
    """One body. ``feed`` its octets in order, then ``finish``. UNKNOWN is left as it is."""

    __slots__ = ("_carry", "_encoding")

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._carry = b""

    def feed(self, piece: bytes) -> bytes:
        """What these octets, with those that waited for them, stand for."""
        if self._encoding is Encoding.BASE64:
            return self._base64(piece)
        if self._encoding is Encoding.QUOTED_PRINTABLE:
            return self._quoted(piece)
        return piece

    def finish(self) -> bytes:
        """What still waited: the body is whole."""
        carry, self._carry = self._carry, b""
        if self._encoding is Encoding.BASE64:
            return _slice(carry)
        return _unquoted(carry)

    def _base64(self, piece: bytes) -> bytes:
        slices = (self._carry + piece.translate(None, _NOT_LETTERS)).split(b"=")
        last = slices.pop()
        whole = len(last) & ~3  # four letters make three octets
        self._carry = last[whole:]
        return b"".join(map(_slice, slices)) + binascii.a2b_base64(last[:whole])

    def _quoted(self, piece: bytes) -> bytes:
        piece = self._carry + piece
        unfinished = _UNFINISHED.search(piece, max(0, len(piece) - _LONGEST_UNFINISHED))
        cut = len(piece) if unfinished is None else unfinished.start()
        self._carry = piece[cut:]
        return _unquoted(piece[:cut])


def decode_letters(letters: bytes) -> bytes:
    """A body of base64, or its end, of which letters and padding alone are left."""
    return b"".join(map(_slice, letters.split(b"=")))


def _slice(letters: bytes) -> bytes:
    """Letters up to a padding. A single one left over is six bits of nothing."""
    return binascii.a2b_base64(letters[: len(letters) - (len(letters) % 4 == 1)] + b"==") if letters else b""


def _unquoted(octets: bytes) -> bytes:
    # Escaped first, what is itself cannot become an escape when the line ends around it are taken away.
    return binascii.a2b_qp(_SOFT_LINE_END.sub(b"", _LONE_EQUALS.sub(b"=3D", octets)))
