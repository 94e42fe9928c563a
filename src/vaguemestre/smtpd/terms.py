"""What every connection of one door shares: its limits, and whom it calls."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.peer import Peer
from vaguemestre.mail.reply import Reply
from vaguemestre.net.tls import ServerContext
from vaguemestre.service.ports.trust import Trust
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.smtpd.ports import Authentication, Bounds, Counter, Operators, Sender
from vaguemestre.smtpd.turned_away import TurnedAway


@dataclass(frozen=True, slots=True)
class SmtpLimits:
    """How much one client may ask for. Times in seconds."""

    timeout: float = 300.0  # RFC 5321 §4.5.3.2.7: five minutes for the next command or piece of data
    message_timeout: float = 3600.0  # from 354 to the final dot: 25 MB in an hour is a poor modem's 7 KB/s
    handshake_timeout: float = 30.0  # for TLS to be agreed on
    grace: float = 5.0  # for what is written last to leave, before the connection is cut
    errors: int = 20  # commands refused for their form or order, since the last accepted message
    refusals: int = 100  # senders, recipients and messages refused by a rule, since the last accepted message
    sign_in_failures: int = 3  # in a connection; some clients try two mechanisms each time
    idle_commands: int = (
        100  # NOOP, RSET, VRFY … since the last accepted message; Postfix has the same figure
    )
    submissions: int = 256  # messages between final dot and reply: 64 KiB each, what is larger is on disk
    patience: float = 10.0  # for room among them, at MAIL: clients wait five minutes (RFC 5321 §4.5.3.2.2)
    excess_recipients: int = 1000  # RCPT refused for being too many, in a message, before we hang up
    connections: int = 1000  # at once, over all the door's listeners
    connections_per_address: int = 200  # of them: a whole clinic may stand behind one address


class Guest(Protocol):
    """A connection, as the door sees it."""

    @property
    def peer(self) -> str:
        """The client's address."""
        ...

    @property
    def signed_in(self) -> SignedIn | None:
        """How somebody signed in, once he has."""
        ...

    @property
    def reader(self) -> SignedIn | None:
        """The sign-in of somebody who is here for another."""
        ...

    @property
    def account(self) -> BalId | None:
        """Whose connection it is, once somebody has signed in."""
        ...

    def part(self, farewell: Reply = ...) -> None:
        """Say why (the service is stopping), and close: at once when idle, else after what is being done."""
        ...

    def hang_up(self, reply: Reply | None = None) -> None:
        """Say one thing more and close, whatever is being done."""
        ...

    def cut(self) -> None:
        """Close without a word."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Given to each connection. The sets are what the door looks after: who is there, what is being done."""

    bounds: Bounds
    tls_context: ServerContext | None
    hostname: str
    limits: SmtpLimits
    guests: set[Guest] = field(default_factory=set)
    sessions: "set[asyncio.Task[None]]" = field(default_factory=set)
    submissions: "set[asyncio.Task[Reply]]" = field(default_factory=set)
    room: asyncio.Semaphore = field(init=False)  # for submissions

    def __post_init__(self) -> None:
        """As much room as the limits say."""
        object.__setattr__(self, "room", asyncio.Semaphore(self.limits.submissions))


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionTerms(Terms):
    """Of the door for accounts. ``require_tls`` false lets this machine sign in without, for trials."""

    authentication: Authentication
    counter: Counter
    sender_of: Callable[[SignedIn], Sender]
    require_tls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayTerms(Terms):
    """Of the door for other operators. ``most_of_one``: connections of one operator at once.

    ``turned_away``: whom TLS has sent off for his certificate, and who is to be told why.
    """

    operators: Operators
    trust: Trust
    sender_of: Callable[[Peer], Sender]
    most_of_one: int
    turned_away: TurnedAway = field(default_factory=TurnedAway)
