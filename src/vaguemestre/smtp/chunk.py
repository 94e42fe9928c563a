"""A message in chunks: what BDAT says, and the octets it announces.

RFC 3030 §2. Nothing in a chunk is looked at, neither dots nor line ends: its length alone tells where it
ends. So whoever misreads the length would take octets of a message for commands.
"""

import re
from typing import Final, NamedTuple

from vaguemestre.smtp import replies
from vaguemestre.smtp.grammar import LostPlaceError

# RFC 3030 §2: bdat-cmd = "BDAT" SP chunk-size [ SP end-marker ] CR LF
# chunk-size = 1*DIGIT; end-marker = "LAST"
_BDAT: Final = re.compile(r"([0-9]{1,20})(?: +(LAST))?", re.ASCII | re.IGNORECASE)


class Chunk(NamedTuple):
    """One BDAT: how many octets follow it, and whether they are the message's last."""

    size: int
    is_last: bool


def parse_bdat(argument: str) -> Chunk:
    """Read what follows BDAT. LostPlaceError: nobody can tell how many octets of the message come next."""
    match = _BDAT.fullmatch(argument)
    if match is None:
        raise LostPlaceError(replies.CHUNK_EXPECTED)
    return Chunk(int(match[1]), match[2] is not None)


class ChunkReader:
    """Takes octets as they come; gives back those of the chunk. As DataReader, whose end is a final dot."""

    __slots__ = ("_left", "ended", "leftover")

    def __init__(self, size: int) -> None:
        self._left = size
        self.ended = size == 0
        self.leftover = b""

    def feed(self, octets: bytes) -> bytes:
        """Take the next octets, return those of the chunk. What comes after it is ``leftover``."""
        chunk = octets if len(octets) <= self._left else octets[: self._left]
        self._left -= len(chunk)
        self.ended = self._left == 0
        self.leftover = octets[len(chunk) :]
        return chunk
