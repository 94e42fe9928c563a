"""The last octets of a body, kept while it goes by, so that nothing is read back to look at its end.

What is kept is what travelled: of base64 its letters and padding alone. RFC 2045 §6.8 makes three octets of
four letters, so a piece that is let go is remembered by how many letters of a four it leaves behind.
"""

from collections import deque
from typing import Final

from vaguemestre.mime.archive import TAIL
from vaguemestre.mime.content import Encoding
from vaguemestre.mime.decoding import Decoder, decode_letters
from vaguemestre.mime.examination import DISC_AT

# base64 takes 4 letters for 3 octets, and as many for one where it is cut in slices: some to spare.
KEPT: Final = TAIL * 3 // 2

_SEARCHED: Final = (TAIL + 2) // 3 * 4 + 8  # letters for as many octets, where no padding stands between
_PADDING: Final = 2  # at most, where it ends the last slice
# The letters that are certain of ``PK\x05\x06`` where it begins at the first octet of three, the second, the
# third; and those of ``CD001``, which stands at the first of three.
_MARK_IN_LETTERS: Final = (b"UEsFB", b"BLBQ", b"QSwUG")
_DISC_IN_LETTERS: Final = b"Q0QwMD"


class Ending:
    """Of one body: ``KEPT`` octets as they travelled, and no more than one piece beyond."""

    __slots__ = ("_encoding", "_held", "_left_behind", "_pieces", "is_whole")

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._left_behind = 0  # letters of an unfinished four, before the first piece that is kept
        self.is_whole = True

    def feed(self, piece: bytes) -> None:
        """Take the next octets: of base64 letters and padding, nothing between them."""
        self._pieces.append(piece)
        self._held += len(piece)
        while self._held - len(self._pieces[0]) >= KEPT:
            self._let_go(self._pieces.popleft())

    def _let_go(self, piece: bytes) -> None:
        self.is_whole = False
        self._held -= len(piece)
        padding = piece.rfind(b"=")  # a slice ends there, and the next begins anew
        letters = len(piece) - padding - 1
        self._left_behind = (letters + (self._left_behind if padding < 0 else 0)) % 4

    def has_no_mark(self) -> bool:
        """Whether what ends an archive, or marks a disc, is plainly not there: seen without decoding.

        Letters are searched three times, backwards, in a third of the time that decoding them takes.
        """
        octets = self._octets()
        if self._encoding is not Encoding.BASE64 or octets.find(b"=", 0, -_PADDING) >= 0:
            return False
        if self.is_whole and octets.startswith(_DISC_IN_LETTERS, DISC_AT // 3 * 4):
            return False
        start = max(0, len(octets) - _SEARCHED)
        return all(octets.rfind(letters, start) < 0 for letters in _MARK_IN_LETTERS)

    def decoded(self) -> bytes:
        """The octets at the end, ``TAIL`` of them at least where there were as many."""
        octets = self._octets()
        if self._encoding is Encoding.BASE64:
            return decode_letters(b"A" * self._left_behind + octets)
        decoder = Decoder(self._encoding)
        return decoder.feed(octets) + decoder.finish()

    def _octets(self) -> bytes:
        return self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
