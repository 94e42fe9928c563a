"""The last octets of a body, kept while it goes by, so that nothing is read back to look at its end.

What is kept is what travelled: of base64 its letters and padding alone. RFC 2045 §6.8 makes three octets of
four letters, so a piece that is let go is remembered by how many letters of a four it leaves behind.
"""

from collections import deque
from typing import Final

from vaguemestre.mime.archive import TAIL
from vaguemestre.mime.content import Encoding
from vaguemestre.mime.decoding import Decoder, decode_letters

# base64 takes 4 letters for 3 octets, and as many for one where it is cut in slices: some to spare.
KEPT: Final = TAIL * 3 // 2


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

    def decoded(self) -> bytes:
        """The octets at the end, ``TAIL`` of them at least where there were as many."""
        octets = b"".join(self._pieces)
        if self._encoding is Encoding.BASE64:
            return decode_letters(b"A" * self._left_behind + octets)
        decoder = Decoder(self._encoding)
        return decoder.feed(octets) + decoder.finish()
