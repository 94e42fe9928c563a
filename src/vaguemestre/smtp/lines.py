"""Command lines, out of octets cut in any way.

RFC 5321 §2.3.8: a line ends with CRLF; a bare LF or CR MUST NOT be taken for one. Such a line is refused when
its CRLF comes, in one piece: had its LF ended a command, what follows could be a smuggled one.
RFC 5321 §4.5.3.1.4 lets a server bound the length; the rest of a line that is too long is thrown away as it
comes.
"""

from typing import Final

from vaguemestre.mail.reply import Reply
from vaguemestre.smtp import replies
from vaguemestre.smtp.grammar import CommandSyntaxError, LostPlaceError, mistake_in

MAX_DISCARDED: Final = 1024 * 1024  # octets of one line thrown away before we stop listening


class LineReader:
    """Takes octets; gives lines without their CRLF. Holds one line's worth at most beside what is waiting."""

    __slots__ = ("_buffer", "_discarded", "_overlong", "_searched")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0  # no CRLF begins before this
        self._discarded = 0
        self._overlong: CommandSyntaxError | None = None  # owed to the line being thrown away

    def __len__(self) -> int:
        return len(self._buffer)

    def feed(self, octets: bytes) -> None:
        """Take the next octets."""
        self._buffer += octets

    def next_line(self, limit: int, overlong: Reply = replies.LINE_TOO_LONG) -> bytes | None:
        """The next line, or None when it is not all there.

        ``limit`` is in octets with the CRLF. Raises CommandSyntaxError, the line being then consumed:
        ``overlong`` when it is too long, another for a bare CR, a bare LF or a NUL; LostPlaceError past
        MAX_DISCARDED, where nobody sensible is at the other end, and for a line that announced a chunk.
        """
        end = self._buffer.find(b"\r\n", self._searched)
        if end < 0:
            self._searched = max(len(self._buffer) - 1, 0)
            if self._overlong is not None or len(self._buffer) > limit:
                self._discard(overlong)
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        self._searched = 0
        if self._overlong is not None or end + 2 > limit:
            owed = self._overlong or mistake_in(line, overlong)
            self._overlong, self._discarded = None, 0
            raise owed
        if b"\n" in line or b"\r" in line:
            raise mistake_in(line, replies.BARE_LINE_END)
        if b"\0" in line:
            raise mistake_in(line, replies.NUL_IN_COMMAND)
        return line

    def take(self, most: int) -> bytes:
        """So many of the octets waiting, or all of them when there are fewer: they are no line's."""
        octets = bytes(self._buffer[:most])
        del self._buffer[: len(octets)]
        self._searched = 0
        return octets

    def take_all(self) -> bytes:
        """Everything that is waiting, lines or not; nothing is left, nor any memory of an unfinished line."""
        octets = bytes(self._buffer)
        self._buffer.clear()
        self._searched = self._discarded = 0
        self._overlong = None
        return octets

    def _discard(self, overlong: Reply) -> None:
        """Throw away what came of an over-long line, but for a CR whose LF may follow."""
        self._overlong = self._overlong or mistake_in(self._buffer, overlong)
        kept = 1 if self._buffer.endswith(b"\r") else 0
        self._discarded += len(self._buffer) - kept
        del self._buffer[: len(self._buffer) - kept]
        self._searched = 0
        if self._discarded > MAX_DISCARDED:
            raise LostPlaceError(replies.ENDLESS_LINE)
