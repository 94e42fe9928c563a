"""The boundaries of the multiparts that are open, innermost last, and how their lines are found.

RFC 2046 §5.1.1: ``delimiter := CRLF "--" boundary``, then blanks, then the line end; ``close-delimiter``
has ``--`` after it. The whole line is compared, so a boundary that begins another's is not taken for it.
An outer boundary ends what is inside, closed or not (RFC 2046 §5.1.2). LF alone ends a line too.
"""

from typing import Final, NamedTuple

from vaguemestre.mail.octets import first_of

MAX_BOUNDARY: Final = 998  # RFC 2046 §5.1.1 says 70; RFC 5322 §2.1.1 bounds the line
MAX_LINE: Final = 2_048  # a boundary, its dashes, and the blanks that transports add


class Delimiter(NamedTuple):
    """One boundary line: ``start`` is the index of the LF before it, ``end`` that after its own line end."""

    start: int
    end: int
    level: int
    closes: bool


class Boundaries:
    """A stack of boundaries."""

    def __init__(self) -> None:
        self._stack: list[bytes] = []
        self._levels: dict[bytes, int] = {}
        self._needle = b"\n--"

    def __len__(self) -> int:
        return len(self._stack)

    def push(self, boundary: bytes) -> None:
        """Open a multipart; the same boundary twice means the innermost."""
        self._stack.append(boundary)
        self._levels[boundary] = len(self._stack) - 1
        self._needle = b"\n--" + _common_prefix(self._stack)

    def cut(self, length: int) -> None:
        """Keep the ``length`` outermost only."""
        del self._stack[length:]
        self._levels = {boundary: level for level, boundary in enumerate(self._stack)}
        self._needle = b"\n--" + _common_prefix(self._stack)

    def find(self, octets: bytes, start: int, end: int, final: bool) -> Delimiter | None:
        """The first boundary line whose LF before it lies in ``octets[start:end]``.

        Unless ``final``, a line whose end has not come yet is not decided, and nothing after it can be.
        """
        needle = self._needle
        limit = end + len(needle) - 1
        at = first_of(needle, octets, start, limit, b"-")
        while at >= 0:
            line_end = octets.find(b"\n", at + 1, at + MAX_LINE)
            if line_end < 0 and at + MAX_LINE > len(octets):
                if not final:
                    return None
                line_end = len(octets)
            if line_end >= 0:
                found = self._level(octets[at + 3 : line_end].rstrip(b" \t\r"))
                if found is not None:
                    return Delimiter(at, min(line_end + 1, len(octets)), *found)
            at = octets.find(needle, at + 1, limit)
        return None

    def _level(self, line: bytes) -> tuple[int, bool] | None:
        """Whose boundary it is, counted from the outside, and whether it closes."""
        level = self._levels.get(line)
        if level is not None:
            return level, False
        if line.endswith(b"--"):
            level = self._levels.get(line[:-2])
            if level is not None:
                return level, True
        return None


def _common_prefix(boundaries: list[bytes]) -> bytes:
    """What all of them begin with: the longer the needle, the faster the search."""
    if not boundaries:
        return b""
    least, most = min(boundaries), max(boundaries)
    length = 0
    while length < min(len(least), len(most)) and least[length] == most[length]:
        length += 1
    return least[:length]
