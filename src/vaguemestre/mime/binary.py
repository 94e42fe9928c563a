"""A message with binary parts made one without, as its octets arrive. RFC 3030 §3.

A leaf whose Content-Transfer-Encoding is ``binary`` (RFC 2045 §6.2) comes out in base64, and the word in its
header says so; of what holds such leaves the word becomes ``8bit``. No other octet is touched: what has
nothing binary comes out as it went in, and what is wrong outside the binary parts (a lone CR or LF, a NUL)
stays there to be found.

Only CRLF ends a line here, so that a binary octet is never taken for a boundary's: readers who are content
with LF alone see the same boundaries in the result, or a lone LF that is refused. A part is never kept, a
header is, up to the length that is looked at. The same message gives the same octets however it is cut.
"""

import re
from binascii import b2a_base64
from enum import Enum, auto
from typing import Final, NamedTuple

from vaguemestre.mail.binary_flaw import BinaryFlaw
from vaguemestre.mime.boundaries import MAX_BOUNDARY, MAX_LINE, Boundaries, Delimiter
from vaguemestre.mime.content import Content, Encoding, read_content
from vaguemestre.mime.headers import split_fields
from vaguemestre.mime.scan import MAX_DEPTH, MAX_HEADER, MAX_PARTS

GATHER: Final = 8_192
_CRLF: Final = b"\r\n"
_BLANK: Final = b"\r\n\r\n"
_HOLD: Final = MAX_LINE + 8  # a boundary line being cut, and the line end before it
_ON_A_LINE: Final = 57  # octets, which are 76 letters: RFC 2045 §6.8
_LETTERS: Final = _ON_A_LINE // 3 * 4
_TRANSFER: Final = b"content-transfer-encoding"
# The word alone is replaced: blanks, folds and comments before it stay.
_SAYS_BINARY: Final = re.compile(
    rb"^(content-transfer-encoding[ \t]*:(?:[ \t\r\n]|\([^()]*\))*)binary", re.IGNORECASE | re.MULTILINE
)
_COMPOSED: Final = b"8bit"  # RFC 2045 §6.4: what is made of parts is never encoded as a whole
_ENCODED: Final = b"base64"
_NESTED: Final = frozenset({"message/rfc822", "message/global"})


class _Now(Enum):
    """What the next octets are."""

    HEADER = auto()
    COPIED = auto()
    ENCODED = auto()


class _Around(NamedTuple):
    """What a part stands in."""

    is_signed: bool = False
    is_digest: bool = False
    depth: int = 0


class _Encoder:
    """Base64 in lines, of octets cut in any way; the line end after the last line is not written."""

    __slots__ = ("_carry", "has_begun")

    def __init__(self) -> None:
        self._carry = b""
        self.has_begun = False

    def feed(self, octets: bytes) -> bytes:
        """Whole lines of what has come."""
        octets = self._carry + octets
        whole = len(octets) - len(octets) % _ON_A_LINE
        self._carry = octets[whole:]
        return self._lines(octets[:whole])

    def finish(self) -> bytes:
        """The last line."""
        last, self._carry = self._carry, b""
        return self._lines(last)

    def _lines(self, octets: bytes) -> bytes:
        if not octets:
            return b""
        letters = b2a_base64(octets, newline=False)
        lines = _CRLF.join(letters[at : at + _LETTERS] for at in range(0, len(letters), _LETTERS))
        before = _CRLF if self.has_begun else b""
        self.has_begun = True
        return before + lines


class BinaryConverter:
    """Feed it, finish it; ``flaw`` tells why it gave up, and then it gives nothing more.

    ``gather``: octets to wait for before looking; tests make it small.
    """

    __slots__ = (
        "_around",
        "_at",
        "_boundaries",
        "_encoder",
        "_gather",
        "_multiparts",
        "_now",
        "_parts",
        "_pending",
        "_pieces",
        "_resume",
        "_waiting",
        "flaw",
    )

    def __init__(self, gather: int = GATHER) -> None:
        self.flaw: BinaryFlaw | None = None
        self._gather = gather
        self._pieces: list[bytes] = []  # a message may come in chunks of one octet
        self._waiting = 0
        self._pending = _CRLF  # a line begins before the first octet, as everywhere else
        self._at = len(_CRLF)  # the first octet not given out; the two before it tell where lines begin
        self._resume = 0  # before it the present header was searched already
        self._now = _Now.HEADER
        self._around = _Around()
        self._boundaries = Boundaries()
        self._multiparts: list[_Around] = []  # what the parts of each boundary stand in
        self._parts = 0
        self._encoder = _Encoder()

    def feed(self, octets: bytes) -> bytes:
        """Take the next octets, any number; what of the result is certain."""
        if self.flaw is not None:
            return b""
        self._pieces.append(octets)
        self._waiting += len(octets)
        return self._advance(final=False) if self._waiting >= self._gather else b""

    def finish(self) -> bytes:
        """Nothing more comes: the rest of the result."""
        if self.flaw is not None:
            return b""
        rest = self._advance(final=True)
        if self._now is _Now.ENCODED and self.flaw is None:
            if self._boundaries:
                self.flaw = BinaryFlaw.NOT_CLOSED
            rest += self._encoder.finish() + (_CRLF if self._encoder.has_begun else b"")
        return rest

    def _advance(self, final: bool) -> bytes:
        self._pending = b"".join((self._pending, *self._pieces))
        self._pieces.clear()
        self._waiting = 0
        out: list[bytes] = []
        while self.flaw is None and (
            self._header_step(out, final) if self._now is _Now.HEADER else self._body_step(out, final)
        ):
            pass
        cut = self._at - len(_CRLF)
        self._pending = self._pending[cut:]
        self._at -= cut
        self._resume = max(0, self._resume - cut)
        return b"".join(out)

    # Headers.

    def _header_step(self, out: list[bytes], final: bool) -> bool:
        end = self._end_of_header(final)
        if end is None:
            return False
        block = self._pending[self._at : end]
        fields = split_fields(block)
        if not fields and block.strip():
            block = b""  # text without any header
        self._at, self._resume = self._at + len(block), 0
        content = read_content(fields, self._around.is_digest)
        is_unclear = content.is_ambiguous and any(b"binary" in value.lower() for value in fields[_TRANSFER])
        is_binary = is_unclear or content.transfer.lower() == b"binary"
        word = self._open(content, is_binary)
        if is_binary:
            block, said = _SAYS_BINARY.subn(rb"\g<1>" + word, block)
            if is_unclear or not said:
                self.flaw = self.flaw or BinaryFlaw.UNREADABLE
        out.append(block)
        return True

    def _end_of_header(self, final: bool) -> int | None:
        """Where its body begins, or the boundary that comes before any; None where that has not come."""
        octets = self._pending
        begin = max(self._at - len(_CRLF), self._resume)
        blank = octets.find(_BLANK, begin)
        delimiter = self._delimiter(begin, len(octets) if blank < 0 else blank + 1, final)
        end: int | None = None
        if delimiter is not None:
            end = delimiter.start + 1
        elif blank >= 0:
            end = blank + len(_BLANK)
        elif final:
            end = len(octets)
        else:
            self._resume = max(begin, len(octets) - _HOLD)
        if (len(octets) - _HOLD if end is None else end) - self._at > MAX_HEADER:
            self.flaw = BinaryFlaw.LONG_HEADER
            return None
        return end

    def _open(self, content: Content, is_binary: bool) -> bytes:
        """What follows its header; the word that is to stand there in the place of ``binary``."""
        around, media_type = self._around, content.media_type
        if is_binary and around.is_signed:
            self.flaw = BinaryFlaw.SIGNED
        self._now = _Now.COPIED
        if media_type.startswith("multipart/"):
            is_signed = around.is_signed or media_type == "multipart/signed"
            within = _Around(is_signed, media_type == "multipart/digest", around.depth + 1)
            self._open_multipart(content.boundary, is_binary, within)
            return _COMPOSED
        if media_type in _NESTED and content.encoding is Encoding.IDENTITY:
            self._now = _Now.HEADER
            self._around = _Around(around.is_signed, False, around.depth + 1)
            self._keep_to_limits(self._around)
            return _COMPOSED
        if is_binary:
            self._now = _Now.ENCODED
            self._encoder = _Encoder()
            if media_type.startswith("message/"):
                self.flaw = BinaryFlaw.MESSAGE
        return _ENCODED

    def _open_multipart(self, boundary: bytes | None, is_binary: bool, within: _Around) -> None:
        if boundary is not None and len(boundary) <= MAX_BOUNDARY:
            self._boundaries.push(boundary)
            self._multiparts.append(within)
            self._keep_to_limits(within)
        elif is_binary:
            self.flaw = BinaryFlaw.NO_BOUNDARY

    def _keep_to_limits(self, within: _Around) -> None:
        if self._parts > MAX_PARTS or within.depth > MAX_DEPTH:
            self.flaw = BinaryFlaw.CROWDED

    # Bodies.

    def _body_step(self, out: list[bytes], final: bool) -> bool:
        octets = self._pending
        delimiter = self._delimiter(self._at - 1, len(octets), final)
        if delimiter is None:
            self._take(out, len(octets) - _HOLD if self._boundaries and not final else len(octets))
            return False
        # RFC 2046 §5.1.1: the line end before a boundary is the boundary's; that of an empty line of a header
        # may be it.
        self._take(out, delimiter.start - 1)
        if self._now is _Now.ENCODED:
            out.append(self._encoder.finish())
        out.append(octets[self._at : delimiter.end])
        self._at = delimiter.end
        kept = delimiter.level if delimiter.closes else delimiter.level + 1
        self._boundaries.cut(kept)
        del self._multiparts[kept:]
        self._now = _Now.COPIED if delimiter.closes else _Now.HEADER
        if not delimiter.closes:
            self._around = self._multiparts[-1]
            self._parts += 1
            self._keep_to_limits(self._around)
        return True

    def _take(self, out: list[bytes], end: int) -> None:
        if end > self._at:
            octets = self._pending[self._at : end]
            out.append(self._encoder.feed(octets) if self._now is _Now.ENCODED else octets)
            self._at = end

    def _delimiter(self, start: int, end: int, final: bool) -> Delimiter | None:
        """The first boundary line of which CRLF alone is the end, and of the line before it."""
        if not self._boundaries:
            return None
        found = self._boundaries.find(self._pending, start, end, final)
        while found is not None and not _is_between_whole_lines(self._pending, found, final):
            found = self._boundaries.find(self._pending, found.start + 1, end, final)
        return found


def _is_between_whole_lines(octets: bytes, found: Delimiter, final: bool) -> bool:
    line = octets[found.start - 1 : found.end]
    if line.endswith(b"\n"):
        return line.startswith(_CRLF) and line.endswith(_CRLF) and line.count(b"\r") == 2
    return final and line.startswith(_CRLF) and line.count(b"\r") == 1
