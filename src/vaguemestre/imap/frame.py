"""Cuts what a client sends into commands, however the network cut it. RFC 9051 §2.2.1, §4.3; RFC 7888.

The frame is pulled: ``feed`` octets, then ask ``next_event`` until it says None, doing what each event asks
before asking for the next. Only so can STARTTLS, IDLE and AUTHENTICATE change what the following octets mean.

What would surprise:

* A literal is octets counted, never looked into. When a command is refused half-way its announced ``{n+}``
  literals are still skipped by count, so that their content is never taken for commands.
* The message of APPEND or REPLACE is not held: it is announced, accepted or refused, and handed over chunk
  by chunk.
* Only CR LF ends a line. A bare LF is refused and the connection given up: the two sides no longer agree on
  where commands end, and guessing would let a line break smuggled through a webmail's form become a command.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeAlias

from vaguemestre.imap.command_line import CommandLine, Streamed
from vaguemestre.imap.grammar import TAG

# RFC 9051 §9: literal = "{" number64 ["+"] "}" CRLF; at the end of a line only. RFC 3516 has the "~".
_ANNOUNCEMENT: Final = re.compile(rb"~?\{([0-9]{1,40})(\+?)\}\r\n\Z")
_LONGEST_ANNOUNCEMENT: Final = 46
# RFC 9051 §9: append = "APPEND" SP mailbox …; RFC 8508 §5: replace = "REPLACE" SP seq-number SP mailbox …
# What stands before a literal that is the message, no mailbox.
_MESSAGE_HEAD: Final = re.compile(
    rb"[^ ]+ (?:APPEND|(?:UID )?REPLACE [^ ]+) [^ ].* ", re.IGNORECASE | re.DOTALL
)
# RFC 4469 §5: url = "URL" SP astring, in a parenthesised list.
_URL_HEADS: Final = (b" URL ", b"(URL ")

SKIP_LIMIT: Final = 64 * 1024 * 1024
"""Octets of one refused command that are read and thrown away; past it, giving up is cheaper for both."""


@dataclass(frozen=True, slots=True)
class FrameLimits:
    """In octets: ``line`` for all the text of a command, ``literal`` for one literal held in memory,
    ``held`` for all of them, ``message`` for a streamed one; ``literals`` is a count.
    """

    line: int
    literal: int
    held: int
    literals: int
    message: int


BEFORE_SIGN_IN: Final = FrameLimits(line=16 * 1024, literal=4096, held=16 * 1024, literals=8, message=0)
"""Nobody we know: the longest thing to say is a token in AUTHENTICATE."""


def after_sign_in(message: int) -> FrameLimits:
    """Somebody we know; ``message`` is the largest APPEND in octets. 64 KiB of text is 10,000 UIDs."""
    return FrameLimits(line=64 * 1024, literal=64 * 1024, held=256 * 1024, literals=1000, message=message)


@dataclass(frozen=True, slots=True)
class CommandReady:
    """A whole command, to be parsed."""

    line: CommandLine


@dataclass(frozen=True, slots=True)
class LineReady:
    """The line asked for by ``expect_line``, without its CR LF."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class ContinuationWanted:
    """The client waits for ``+`` before it sends a literal that may come."""


@dataclass(frozen=True, slots=True)
class MessageAnnounced:
    """A command is about to send its message, or some of it: ``accept_message`` or ``refuse_message``.

    ``head`` parses as the whole command would, as far as it goes.
    """

    head: CommandLine
    size: int


@dataclass(frozen=True, slots=True)
class MessageChunk:
    """The next octets of an accepted message; ``last`` with the last, which may be empty."""

    octets: bytes
    last: bool


@dataclass(frozen=True, slots=True)
class FrameRefused:
    """The command is refused: BAD (or NO [TOOBIG] when ``too_big``), with the tag if it could be read.

    When ``fatal``, say BYE and hang up: nothing that follows can be understood.
    """

    tag: bytes | None
    text: str
    too_big: bool = False
    fatal: bool = False


Event: TypeAlias = (
    CommandReady | LineReady | ContinuationWanted | MessageAnnounced | MessageChunk | FrameRefused
)


class _Phase(Enum):
    TEXT = auto()  # the text of a command, up to a line end
    LITERAL = auto()  # the octets of a literal kept in memory
    DECIDING = auto()  # a message was announced, and nobody said yet what to do
    MESSAGE = auto()  # the octets of an accepted message
    SKIP_TEXT = auto()  # the rest of a refused command, up to a line end
    SKIP_LITERAL = auto()  # the octets of a literal of a refused command
    DEAD = auto()  # refused for good


def _brings_message(before: bytes) -> bool:
    """Whether a literal after this text is a message or a part of one: no mailbox, no URL of CATENATE."""
    if _MESSAGE_HEAD.match(before) is None:
        return False
    return before[-5:].upper() not in _URL_HEADS or b" CATENATE (" not in before.upper()


class Framer:
    """One connection's octets, in; events, out. Memory: what was fed and not pulled, plus ``limits``."""

    __slots__ = (
        "_buffer",
        "_continue",
        "_held",
        "_line_expected",
        "_literals",
        "_phase",
        "_scanned",
        "_skipped",
        "_synchronising",
        "_text",
        "_wanted",
        "limits",
    )

    def __init__(self, limits: FrameLimits = BEFORE_SIGN_IN) -> None:
        self.limits = limits
        self._buffer = bytearray()
        self._scanned = 0  # octets of the buffer known to hold no LF
        self._phase = _Phase.TEXT
        self._line_expected = False
        self._text = bytearray()
        self._literals: list[bytes | Streamed] = []
        self._held = 0
        self._wanted = 0  # octets still to come of the literal under way
        self._synchronising = False
        self._skipped = 0
        self._continue = False

    @property
    def has_octets(self) -> bool:
        """Whether something was fed that no event has told yet."""
        return bool(self._buffer)

    @property
    def at_rest(self) -> bool:
        """Whether the client stands between two commands: the idle timeout, not the unfinished one."""
        return self._phase is _Phase.TEXT and not self._text and not self._buffer

    def feed(self, octets: bytes) -> None:
        """Take what the network brought."""
        if self._phase is not _Phase.DEAD:
            self._buffer += octets

    def discard(self) -> None:
        """Forget what was fed and not told: octets sent in clear before STARTTLS was answered."""
        self._buffer.clear()
        self._scanned = 0

    def expect_line(self) -> None:
        """The next line is no command but an answer: to AUTHENTICATE, or the DONE of IDLE."""
        self._line_expected = True

    def accept_message(self) -> None:
        """Have the message: ContinuationWanted if the client waits for it, then its chunks, come next."""
        if self._phase is not _Phase.DECIDING:
            raise ValueError("no message was announced")
        self._phase = _Phase.MESSAGE
        self._continue = self._synchronising
        self._literals.append(Streamed(self._wanted))

    def refuse_message(self) -> None:
        """Have nothing of it: the command is over, the caller answers NO; what comes anyway is skipped."""
        if self._phase is not _Phase.DECIDING:
            raise ValueError("no message was announced")
        self._skip_after_literal()

    def next_event(self) -> Event | None:
        """What comes next; None when more octets are needed (or a message awaits its decision)."""
        while True:
            if self._continue:
                self._continue = False
                return ContinuationWanted()
            phase = self._phase
            event: Event | None
            if phase is _Phase.TEXT:
                event, moved = self._read_text()
            elif phase is _Phase.LITERAL:
                event, moved = None, self._read_literal()
            elif phase is _Phase.MESSAGE:
                event, moved = self._read_message()
            elif phase is _Phase.SKIP_TEXT:
                event, moved = self._skip_text()
            elif phase is _Phase.SKIP_LITERAL:
                event, moved = None, self._skip_literal()
            else:
                return None
            if event is not None or not moved:
                return event

    # Text

    def _read_text(self) -> tuple[Event | None, bool]:
        end = self._buffer.find(b"\n", self._scanned)
        room = self.limits.line - len(self._text)
        if end < 0:
            self._scanned = len(self._buffer)
            if len(self._buffer) > room:
                return self._refuse_line(), True
            return None, False
        if end + 1 > room:
            return self._refuse_line(), True
        if end == 0 or self._buffer[end - 1] != 0x0D:
            return self._refuse_line_feed(end), True
        self._text += self._take(end + 1)
        if self._line_expected:
            self._line_expected = False
            octets = bytes(self._text[:-2])
            self._restart()
            return LineReady(octets), True
        announced = _ANNOUNCEMENT.search(self._text, max(0, len(self._text) - _LONGEST_ANNOUNCEMENT))
        if announced is not None:
            before = bytes(self._text[: announced.start()])
            return self._announce(before, int(announced[1]), synchronising=not announced[2]), True
        line = CommandLine(bytes(self._text[:-2]), tuple(self._literals))
        self._restart()
        return CommandReady(line), True

    def _refuse_line(self) -> FrameRefused:
        text = f"A command has at most {self.limits.line} octets outside its literals"
        refused = FrameRefused(self._tag(), text)
        self._line_expected = False
        self._skip(_Phase.SKIP_TEXT)
        return refused

    def _refuse_line_feed(self, end: int) -> FrameRefused:
        self._text += self._buffer[:end]
        return self._give_up("Lines end with CR LF, and hold no other LF")

    # Literals

    def _announce(self, before: bytes, size: int, *, synchronising: bool) -> Event | None:
        self._wanted = size
        self._synchronising = synchronising
        limits = self.limits
        if limits.message and _brings_message(before):
            if size > limits.message:
                return self._refuse_literal(f"A message has at most {limits.message} octets", too_big=True)
            self._phase = _Phase.DECIDING
            head = CommandLine(bytes(self._text), (*self._literals, Streamed(size)), breaks_off=True)
            return MessageAnnounced(head, size)
        if size > limits.literal or self._held + size > limits.held:
            return self._refuse_literal(f"A literal has at most {limits.literal} octets here", too_big=True)
        if len(self._literals) >= limits.literals:
            return self._refuse_literal(f"A command has at most {limits.literals} literals", too_big=False)
        self._held += size
        self._phase = _Phase.LITERAL
        self._continue = synchronising
        return None

    def _refuse_literal(self, text: str, *, too_big: bool) -> FrameRefused:
        refused = FrameRefused(self._tag(), text, too_big)
        if not self._synchronising and self._wanted > SKIP_LIMIT:
            return self._give_up(text, too_big=too_big)
        self._skip_after_literal()
        return refused

    def _skip_after_literal(self) -> None:
        """RFC 9051 §4.3: refused before ``+``, a synchronising literal never comes; ``{n+}`` comes anyway."""
        if self._synchronising:
            self._restart()
        else:
            size = self._wanted
            self._skip(_Phase.SKIP_LITERAL)
            self._wanted = size

    def _read_literal(self) -> bool:
        if len(self._buffer) < self._wanted:
            return False
        self._literals.append(self._take(self._wanted))
        self._phase = _Phase.TEXT
        return True

    def _read_message(self) -> tuple[Event | None, bool]:
        if self._wanted and not self._buffer:
            return None, False
        octets = self._take(min(self._wanted, len(self._buffer)))
        self._wanted -= len(octets)
        last = self._wanted == 0
        if last:
            self._phase = _Phase.TEXT
        return MessageChunk(octets, last), True

    # Refused commands

    def _skip_text(self) -> tuple[Event | None, bool]:
        end = self._buffer.find(b"\n", self._scanned)
        taken = len(self._buffer) if end < 0 else end + 1
        # Enough of what went by is kept to see an announcement at the end of the line.
        self._text = (self._text + self._take(taken))[-_LONGEST_ANNOUNCEMENT:]
        self._skipped += taken
        if self._skipped > SKIP_LIMIT:
            return self._give_up("This command is too long"), True
        if end < 0:
            return None, False
        if not self._text.endswith(b"\r\n"):
            return self._give_up("Lines end with CR LF, and hold no other LF"), True
        announced = _ANNOUNCEMENT.search(self._text)
        if announced is None or not announced[2]:
            self._restart()
            return None, True
        self._wanted = int(announced[1])
        self._phase = _Phase.SKIP_LITERAL
        if self._skipped + self._wanted > SKIP_LIMIT:
            return self._give_up("This command is too long"), True
        return None, True

    def _skip_literal(self) -> bool:
        taken = len(self._take(min(self._wanted, len(self._buffer))))
        self._wanted -= taken
        self._skipped += taken
        if self._wanted:
            return False
        self._text.clear()
        self._phase = _Phase.SKIP_TEXT
        return True

    def _skip(self, phase: _Phase) -> None:
        self._restart()
        self._phase = phase

    def _give_up(self, text: str, *, too_big: bool = False) -> FrameRefused:
        refused = FrameRefused(self._tag(), text, too_big, fatal=True)
        self._restart()
        self.discard()
        self._phase = _Phase.DEAD
        return refused

    # The rest

    def _tag(self) -> bytes | None:
        """The tag of the command under way, when all of it is there."""
        if self._line_expected or self._phase in {_Phase.SKIP_TEXT, _Phase.SKIP_LITERAL}:
            return None
        octets = self._text or self._buffer[:200]
        found = TAG.match(octets)
        return bytes(found[0]) if found and octets[found.end() : found.end() + 1] == b" " else None

    def _take(self, count: int) -> bytes:
        octets = bytes(self._buffer[:count])
        del self._buffer[:count]
        self._scanned = 0
        return octets

    def _restart(self) -> None:
        self._text.clear()
        self._literals = []
        self._held = 0
        self._wanted = 0
        self._skipped = 0
        self._phase = _Phase.TEXT
