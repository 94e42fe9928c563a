"""Replies as a client reads them, out of octets cut in any way. RFC 5321 §4.2, RFC 2034 §4.

Strict, because the other side is a stranger: a bare CR or LF, a line of a multi-line reply with another
code, and anything longer than the bounds below end the session. What is read is kept as codes and text, the
text made printable; whoever shows it decides how.
"""

import re
from dataclasses import dataclass
from typing import Final

MAX_LINE: Final = 2048  # octets; RFC 5321 §4.5.3.1.5 has 512, and some write a link
MAX_LINES: Final = 100  # an EHLO reply has some twenty

# RFC 5321 §4.2: Reply-line = *( Reply-code "-" [ textstring ] CRLF ) Reply-code [ SP textstring ] CRLF
_LINE: Final = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?", re.DOTALL)
# RFC 2034 §4: status-code ::= class "." subject "." detail
_STATUS: Final = re.compile(r"([245]\.[0-9]{1,3}\.[0-9]{1,3})(?: +|$)")
_LONGEST_KEPT: Final = 500  # characters of a reply that anybody is shown


class PeerError(Exception):
    """The other side does not speak SMTP, or not honestly: the session ends, everything is tried again."""


@dataclass(frozen=True, slots=True)
class PeerReply:
    """What the other side said. ``status`` is its enhanced code (RFC 3463), made up where it gave none."""

    code: int
    status: str
    lines: tuple[str, ...]

    @property
    def is_positive(self) -> bool:
        """2yz: done."""
        return self.code // 100 == 2

    @property
    def is_permanent(self) -> bool:
        """5yz: of no use to try again."""
        return self.code // 100 == 5

    @property
    def text(self) -> str:
        """All of it in one line."""
        return " ".join(filter(None, self.lines))[:_LONGEST_KEPT]

    def __str__(self) -> str:
        return f"{self.code} {self.status} {self.text}".rstrip()


def local_reply(code: int, status: str, text: str) -> PeerReply:
    """What nobody said: why it cannot be sent there, found out here."""
    return PeerReply(code, status, (text,))


class ReplyReader:
    """Takes octets, gives replies. Holds one reply at most beside what came with it."""

    __slots__ = ("_buffer", "_code", "_lines")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._code: bytes | None = None
        self._lines: list[str] = []

    @property
    def is_empty(self) -> bool:
        """Nothing was read that no reply has told yet."""
        return not self._buffer and self._code is None

    def feed(self, octets: bytes) -> None:
        """Take the next octets."""
        self._buffer += octets

    def next_reply(self) -> PeerReply | None:
        """The next one, None when it is not all there. Raises PeerError."""
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[: end + 1])
            del self._buffer[: end + 1]
            reply = self._read(line)
            if reply is not None:
                return reply
        if len(self._buffer) > MAX_LINE:
            raise PeerError("a reply is too long")
        return None

    def _read(self, line: bytes) -> PeerReply | None:
        if len(line) > MAX_LINE:
            raise PeerError("a reply is too long")
        text = line[:-2]
        if not line.endswith(b"\r\n") or b"\r" in text:
            raise PeerError("a reply does not end with CRLF")
        match = _LINE.fullmatch(text)
        if match is None:
            raise PeerError("a reply has no code")
        code, mark, said = match.groups()
        if self._code not in (None, code) or len(self._lines) >= MAX_LINES:
            raise PeerError("a reply goes on with another code, or for ever")
        self._lines.append(_printable(said or b""))
        if mark == b"-":
            self._code = code
            return None
        lines, self._lines, self._code = self._lines, [], None
        return _reply(int(code), lines)


def _printable(octets: bytes) -> str:
    text = octets.decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _reply(code: int, lines: list[str]) -> PeerReply:
    """RFC 2034 §4: the class of the enhanced code is that of the reply, or it is none."""
    found = _STATUS.match(lines[0])
    if found is None or found[1][0] != str(code)[0]:
        return PeerReply(code, f"{code // 100}.0.0", tuple(lines))
    status = found[1]
    stripped = [line.removeprefix(status).strip() for line in lines]
    return PeerReply(code, status, tuple(stripped))
