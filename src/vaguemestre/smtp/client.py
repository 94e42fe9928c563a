"""The other side of SMTP: a session with another operator's server, octets in, octets out. RFC 5321 §3.

With PIPELINING (RFC 2920) a message costs two round trips by DATA: MAIL, every RCPT and DATA go together,
then the message. With CHUNKING (RFC 3030) a small one costs one, since BDAT needs no leave. STARTTLS is not
a choice (domain.md §6), and what was read before TLS is forgotten, or ends the session when it came with the
reply to STARTTLS: nothing said in clear is ever taken for something said under TLS (RFC 3207 §6).

Whoever holds the socket sends ``take()``, feeds what comes, and asks ``wants_content`` after both.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from vaguemestre.smtp.client_commands import Mailing, mail_command, obstacle, rcpt_command
from vaguemestre.smtp.client_replies import PeerError, PeerReply, ReplyReader

EAGER: Final = 64 * 1024
"""Octets of a message that are sent with its BDAT before anybody said that he wants it."""


class Step(Enum):
    """What a reply is awaited to. RFC 5321 §4.5.3.2 has a patience for each."""

    GREETING = auto()
    EHLO = auto()
    STARTTLS = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    FINAL = auto()
    RSET = auto()
    QUIT = auto()


PATIENCE: Final = {
    Step.GREETING: 300.0,
    Step.EHLO: 300.0,
    Step.STARTTLS: 300.0,
    Step.MAIL: 300.0,
    Step.RCPT: 300.0,
    Step.DATA: 120.0,
    Step.FINAL: 600.0,
    Step.RSET: 300.0,
    Step.QUIT: 10.0,  # nobody waits for a goodbye
}
"""Seconds: RFC 5321 §4.5.3.2.1 to RFC 5321 §4.5.3.2.6. A block of DATA has three minutes."""
BLOCK_PATIENCE: Final = 180.0


@dataclass(frozen=True, slots=True)
class TlsAgreed:
    """Begin TLS now, then call ``tls_begun``."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A message may be begun."""


@dataclass(frozen=True, slots=True)
class Finished:
    """One message is done: ``replies`` is what was said of each recipient, in their order."""

    replies: tuple[PeerReply, ...]


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """The server wants nothing of us now, or ever: ``reply``. The session is over."""

    reply: PeerReply


Event = TlsAgreed | Ready | Finished | TurnedAway


class ClientSession:
    """One connection. ``hostname`` is ours, said in EHLO."""

    def __init__(self, hostname: str) -> None:
        self._hostname = hostname
        self._reader = ReplyReader()
        self._awaited: deque[Step] = deque([Step.GREETING])
        self._out = bytearray()
        self._later: deque[tuple[Step, bytes]] = deque()  # commands that wait for a reply first
        self._extensions: dict[str, str] = {}
        self._is_secure = False
        self._is_over = False
        self._mailing: Mailing | None = None
        self._answers: list[PeerReply] = []
        self._mail_reply: PeerReply | None = None
        self._wants_content = False
        self._chunked = False
        self._tail = b"\r\n"  # the last two octets of the message so far

    @property
    def extensions(self) -> dict[str, str]:
        """What EHLO offered under TLS, by keyword in capitals."""
        return dict(self._extensions)

    @property
    def awaited(self) -> Step | None:
        """What the next reply answers; None when there is none to come."""
        return self._awaited[0] if self._awaited else None

    @property
    def wants_content(self) -> bool:
        """The message is to be given now: ``content`` as often as needed, then ``end``."""
        return self._wants_content

    @property
    def is_over(self) -> bool:
        """Nothing more can be done with this session."""
        return self._is_over

    def take(self) -> bytes:
        """What is to be sent."""
        octets = bytes(self._out)
        self._out.clear()
        return octets

    def feed(self, octets: bytes) -> list[Event]:
        """Take what came. Raises PeerError: close the connection, nothing was agreed."""
        self._reader.feed(octets)
        events: list[Event] = []
        while not self._is_over:
            reply = self._reader.next_reply()
            if reply is None:
                break
            if not self._awaited and reply.code != 421:
                raise PeerError("a reply to nothing")
            if reply.code == 421 and self.awaited is not Step.QUIT:
                self._is_over = (
                    True  # RFC 5321 §3.8: it may come at any time, and speaks of the whole session
                )
                events.append(TurnedAway(reply))
                break
            event = self._heard(self._awaited.popleft(), reply)
            if event is not None:
                events.append(event)
            self._go_on()
        return events

    def tls_begun(self) -> None:
        """TLS stands: everything is said anew (RFC 3207 §4.2)."""
        self._is_secure = True
        self._extensions = {}
        self._say(Step.EHLO, f"EHLO {self._hostname}")

    def begin(self, mailing: Mailing) -> Finished | None:
        """Begin a message, after ``Ready`` or ``Finished``. What is returned is why it is not even tried."""
        reply = obstacle(mailing, self._extensions)
        if reply is not None:
            return Finished((reply,) * len(mailing.recipients))
        self._mailing, self._mail_reply, self._answers = mailing, None, []
        self._later.append((Step.MAIL, mail_command(mailing, self._extensions)))
        for recipient, wish in mailing.recipients:
            command = rcpt_command(mailing, recipient, wish, self._extensions)
            self._later.append((Step.RCPT, command))
        self._chunked = "CHUNKING" in self._extensions
        if not self._chunked:
            self._later.append((Step.DATA, b"DATA\r\n"))
        elif self._is_pipelined and mailing.size <= EAGER:
            self._later.append((Step.FINAL, self._bdat(mailing)))
        self._go_on()
        return None

    def content(self, octets: bytes) -> bytes:
        """A piece of the message, as it is to be sent. RFC 5321 §4.5.2: dots are doubled for DATA alone."""
        if self._chunked or not octets:
            return octets
        stuffed = octets.replace(b"\n.", b"\n..")
        if self._tail.endswith(b"\n") and octets.startswith(b"."):
            stuffed = b"." + stuffed
        self._tail = (self._tail + octets[-2:])[-2:]
        return stuffed

    def end(self) -> bytes:
        """After the last piece, and only when every octet was given: this is what makes it a message."""
        self._wants_content = False
        if self._chunked:
            return b""
        self._awaited.append(Step.FINAL)
        return b".\r\n" if self._tail == b"\r\n" else b"\r\n.\r\n"

    def quit(self) -> None:
        """Say goodbye; nobody has to wait for the answer."""
        self._is_over = True
        self._out += b"QUIT\r\n"

    @property
    def _is_pipelined(self) -> bool:
        return "PIPELINING" in self._extensions

    def _say(self, step: Step, command: str) -> None:
        self._out += command.encode("utf-8") + b"\r\n"
        self._awaited.append(step)

    def _go_on(self) -> None:
        """Say what may be said: everything at once, or one command after another."""
        while self._later and (self._is_pipelined or not self._awaited):
            step, command = self._later.popleft()
            self._out += command
            self._awaited.append(step)
            if step is Step.FINAL:
                self._wants_content = True
        if self._chunked and self._awaits_leave:
            self._say_or_leave()

    @property
    def _awaits_leave(self) -> bool:
        """Every recipient is answered for, and BDAT has not been said: only then is a long message sent."""
        return self._mailing is not None and not self._awaited and not self._later

    def _say_or_leave(self) -> None:
        assert self._mailing is not None  # noqa: S101 (asked just before)
        self._out += self._bdat(self._mailing)
        self._awaited.append(Step.FINAL)
        self._wants_content = True

    def _bdat(self, mailing: Mailing) -> bytes:
        return b"BDAT %d LAST\r\n" % mailing.size

    def _heard(self, step: Step, reply: PeerReply) -> Event | None:
        match step:
            case Step.GREETING | Step.EHLO | Step.STARTTLS:
                return self._introduced(step, reply)
            case Step.MAIL:
                self._mail_reply = reply
            case Step.RCPT:
                self._answers.append(reply)
                return self._nobody_left() if self._is_chunked_and_waiting else None
            case Step.DATA:
                return self._data_answered(reply)
            case Step.FINAL:
                return self._finished(reply)
            case Step.RSET | Step.QUIT:
                return None
        return None

    def _introduced(self, step: Step, reply: PeerReply) -> Event | None:
        if step is Step.STARTTLS and reply.code == 220:
            if not self._reader.is_empty:
                raise PeerError("something was said between STARTTLS and TLS")
            return TlsAgreed()
        if not reply.is_positive or step is Step.STARTTLS:
            self._is_over = True
            return TurnedAway(reply)
        if step is Step.GREETING:
            self._say(Step.EHLO, f"EHLO {self._hostname}")
            return None
        self._extensions = _offered(reply.lines[1:])
        if self._is_secure:
            return Ready()
        if "STARTTLS" not in self._extensions:
            self._is_over = True
            return TurnedAway(PeerReply(454, "4.7.5", ("the server offers no STARTTLS",)))
        self._say(Step.STARTTLS, "STARTTLS")
        return None

    @property
    def _is_chunked_and_waiting(self) -> bool:
        return self._chunked and not self._awaited and not self._later

    def _nobody_left(self) -> Event | None:
        """All have answered before a long message is begun: nobody may want it."""
        if self._has_takers:
            return None
        return self._done(self._replies(None), resets=True)

    def _data_answered(self, reply: PeerReply) -> Event | None:
        if reply.code == 354 and self._has_takers:
            self._wants_content, self._tail = True, b"\r\n"
            return None
        if reply.code == 354:
            # RFC 2920 §3.1: the server goes on although nobody is left: it gets an empty message.
            self._out += b".\r\n"
            self._awaited.append(Step.RSET)
            return self._done(self._replies(None), resets=True)
        if reply.is_positive:
            raise PeerError("a reply that fits no command")
        return self._done(self._replies(reply), resets=True)

    def _finished(self, reply: PeerReply) -> Event:
        return self._done(self._replies(reply), resets=not reply.is_positive)

    @property
    def _has_takers(self) -> bool:
        mail = self._mail_reply
        return mail is not None and mail.is_positive and any(one.is_positive for one in self._answers)

    def _replies(self, final: PeerReply | None) -> tuple[PeerReply, ...]:
        """Of each recipient: the refusal of the sender, his own, or what became of the message."""
        mail = self._mail_reply
        if mail is not None and not mail.is_positive:
            return (mail,) * len(self._answers)
        return tuple(final if final is not None and one.is_positive else one for one in self._answers)

    def _done(self, replies: Sequence[PeerReply], *, resets: bool) -> Finished:
        self._mailing, self._wants_content = None, False
        if resets:
            self._say(Step.RSET, "RSET")
        if any(300 <= one.code < 400 for one in replies):
            raise PeerError("a reply that fits no command")
        return Finished(tuple(replies))


def _offered(lines: Sequence[str]) -> dict[str, str]:
    """RFC 5321 §4.1.1.1: ehlo-line = ehlo-keyword *( SP ehlo-param )."""
    found: dict[str, str] = {}
    for line in lines:
        keyword, _, parameters = line.partition(" ")
        found.setdefault(keyword.upper(), parameters.strip())
    return found
