"""The octets of a message between DATA and the final dot, cut in any way.

RFC 5321 §4.5.2 gives transparency: a line that begins with a dot loses it. RFC 5321 §4.1.1.4 gives the end:
CRLF, dot, CRLF, and nothing else. A bare LF or a bare CR is neither a line end nor part of one, whatever
stands around it: servers that disagree on that let one message smuggle another in. They pass through
unchanged, and a rule refuses the message afterwards.

Chunks are searched whole, never line by line: lines are what makes large mail slow.
"""

from typing import Final

from vaguemestre.mail.octets import first_of

_END: Final = b"\r\n.\r\n"
_STUFFED: Final = b"\r\n."
_CRLF: Final = b"\r\n"
_PARTIAL_ENDS: Final = (b"\r\n.\r", b"\r\n.", b"\r\n", b"\r")  # the longest first


class DataReader:
    """Takes octets as they come; gives back the message's own, until its end.

    ``ended`` tells that the end was seen; ``leftover`` then holds the octets after it, which are commands.
    """

    __slots__ = ("_held", "_unsaid", "ended", "leftover")

    def __init__(self) -> None:
        # The CRLF that ended the DATA command counts: a dot on the first line is the end, or is stuffed.
        self._held = _CRLF  # what may yet be the beginning of the end
        self._unsaid = len(_CRLF)  # octets of it that are not the message's
        self.ended = False
        self.leftover = b""

    def feed(self, octets: bytes) -> bytes:
        """Take the next octets; return those of the message that are now certain. ValueError after the end.

        Up to four octets are held back when they may begin the end, so nothing given out is taken back.
        """
        if self.ended:
            raise ValueError("octets after the end of data are commands")
        octets = self._held + octets if self._held else octets
        self._held = b""
        first = first_of(_STUFFED, octets, 0, len(octets), b".")
        if first >= 0:
            end = octets.find(_END, first)
            if end >= 0:
                self.ended = True
                self.leftover = octets[end + len(_END) :]
                return self._clear(octets[: end + len(_CRLF)], first < end)
        for partial in _PARTIAL_ENDS:
            if octets.endswith(partial):
                self._held = partial
                octets = octets[: -len(partial)]
                break
        return self._clear(octets, first >= 0)

    def _clear(self, octets: bytes, stuffed: bool) -> bytes:
        """Take away the stuffed dots, and the CRLF of the DATA command."""
        if stuffed:
            octets = octets.replace(_STUFFED, _CRLF)
        if self._unsaid and octets:
            octets = octets[self._unsaid :]
            self._unsaid = 0
        return octets


def stuff(message: bytes) -> bytes:
    """What a client sends after DATA for a message of whole lines: dots doubled, and the end."""
    body = message if message.endswith(_CRLF) or not message else message + _CRLF
    stuffed = (_CRLF + body).replace(_STUFFED, b"\r\n..")[len(_CRLF) :]
    return stuffed + b".\r\n"
