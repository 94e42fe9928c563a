"""The conversation with one client: a command, its reply, and so on until one of the two has had enough.

RFC 5321 §4.3 gives the loop, ``smtp.order`` says what may come when. The registry of commands is aiosmtpd's:
a method ``smtp_VERB`` with its ``@syntax``. What a client may waste is bounded, and counted since its last
accepted message: software that sends all day over one connection is never told it made too many mistakes.
"""

import asyncio
from abc import ABC, abstractmethod
from typing import ClassVar, Final, NoReturn

import structlog
from aiosmtpd.smtp import Session

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.reply import Reply
from vaguemestre.net.tls import certificate_of
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.smtp import replies
from vaguemestre.smtp.auth_lines import MAX_SIGN_IN_LINE
from vaguemestre.smtp.grammar import CommandSyntaxError, LostPlaceError, mistake_in, parse_command
from vaguemestre.smtp.order import Order, Stage
from vaguemestre.smtpd.misfortunes import reply_to_misfortune
from vaguemestre.smtpd.ports import Sender
from vaguemestre.smtpd.terms import Terms
from vaguemestre.smtpd.wire import ClientGoneError, Wire

# RFC 5321 §4.5.3.1.4 has 512 octets; SIZE adds 26 (RFC 1870 §3), BODY 17 (RFC 6152 §2), SMTPUTF8 10
# (RFC 6531 §3.1), AUTH 500 (RFC 4954 §3), REQUIRETLS 11 (RFC 8689 §2), HOLDUNTIL 34
# (RFC 4865 §3), BY 17 (RFC 2852 §2).
MAX_COMMAND_LINE: Final = 512 + 26 + 17 + 10 + 500 + 11 + 34 + 17

_IDLE: Final = frozenset({"EHLO", "HELO", "NOOP", "RSET", "VRFY", "EXPN", "HELP"})
_ELSEWHERE: Final = frozenset({"BURL", "TURN", "ETRN", "ATRN", "SEND", "SOML", "SAML"})  # known, not offered
# A browser made to post to our port would have the body of its request obeyed.
_NOT_SMTP: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"})

_log = structlog.get_logger()


class Speaker(Wire, ABC):
    """Reads commands and answers them; what each does is said by its subclasses."""

    def __init__(self, terms: Terms) -> None:
        super().__init__(terms)
        self.stage = Stage.CONNECTED
        self.sender: Sender | None = None
        self.speaks_utf8 = False  # whether addresses may be in UTF-8: the client said SMTPUTF8
        self._errors = 0
        self._refusals = 0
        self._idle = 0
        self._farewell: Reply | None = None

    @property
    def peer(self) -> str:
        """The address of the client, for logs."""
        return str(self.client.peer[0]) if self.client.peer else ""

    # What sets one door apart from another: ``signing_in`` and ``relaying`` say it.

    order: ClassVar[Order]

    @property
    def signed_in(self) -> SignedIn | None:
        """How somebody signed in, where one does."""
        return None

    @property
    def account(self) -> BalId | None:
        """Who signed in, where one does."""
        return None

    @property
    def reader(self) -> SignedIn | None:
        """The sign-in of somebody who is here for another; None of a holder's."""
        return None

    @property
    def certificate(self) -> bytes | None:
        """The client's, in DER, where it was asked for one under TLS and has shown it."""
        context = self.terms.tls_context
        asks = context is not None and context.asks_clients and self.is_secure
        return certificate_of(self.transport) if asks and self.transport else None

    @property
    @abstractmethod
    def rest_stage(self) -> Stage:
        """Where a session stands between messages."""

    @property
    @abstractmethod
    def trace_word(self) -> str:
        """What RFC 3848 calls this way of transmission."""

    @abstractmethod
    def own_keywords(self) -> list[str]:
        """What EHLO offers here beyond what every door offers."""

    @abstractmethod
    async def admitted(self) -> Sender | Reply:
        """Who sends the message that MAIL begins, or why nobody may send one."""

    def forget_client(self) -> None:
        """Know nothing of what the client said or proved."""
        self.sender = None

    def _create_session(self) -> Session:
        """What aiosmtpd remembers of a client: its address, what it called itself. Anew after STARTTLS."""
        self.client = super()._create_session()
        return self.client

    # Saying things.

    def say(self, reply: Reply) -> None:
        """Answer."""
        self.write(replies.encode_reply(reply))

    def blame(self, reply: Reply) -> None:
        """Answer a mistake in the form or the order of commands, and count it."""
        self._errors += 1
        self.say(reply)

    def decide(self, reply: Reply) -> bool:
        """Answer what the service decided, count a refusal; whether it was positive."""
        self._refusals += not reply.is_positive
        self.say(reply)
        return reply.is_positive

    def forgive(self) -> None:
        """A message was accepted: nothing the client did before counts any more."""
        self._errors = self._refusals = self._idle = 0

    def dismiss(self, reply: Reply) -> NoReturn:
        """Say why, and end the session."""
        _log.info("client_dismissed", peer=self.peer, status=reply.status, reason=reply.text)
        self.hang_up(reply, lingering=True)
        raise ClientGoneError

    # The loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """One guest more."""
        self.terms.guests.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """One less."""
        self.terms.guests.discard(self)
        super().connection_lost(error)

    async def _handle_client(self) -> None:
        """Serve one client to the end. aiosmtpd starts this as a task and cancels it when the client goes."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 (we are in it)
        self.terms.sessions.add(task)
        task.add_done_callback(self.terms.sessions.discard)
        try:
            if self._is_one_too_many():
                self.dismiss(replies.TOO_MANY_CONNECTIONS)
            self.write(f"220 {self.hostname} ESMTP ready\r\n".encode())
            while True:
                await self._serve_one_command()
        except ClientGoneError:
            pass
        finally:
            self.hang_up()

    def _is_one_too_many(self) -> bool:
        """Whether the door, or this client's address, has more connections than it may; ours is counted."""
        guests = self.terms.guests
        if len(guests) > self.limits.connections:
            return True
        most = self.limits.connections_per_address
        return len(guests) > most and sum(guest.peer == self.peer for guest in guests) > most

    def part(self, farewell: Reply = replies.SHUTTING_DOWN) -> None:
        """No more of this client: at once when it says nothing, else after its command."""
        self._farewell = farewell
        if self.awaits_line:
            self.hang_up(farewell)

    async def _serve_one_command(self) -> None:
        verb = ""
        try:
            line = await self.read_line(MAX_SIGN_IN_LINE)
            verb, argument = parse_command(line)
            if len(line) + 2 > MAX_COMMAND_LINE and verb != "AUTH":
                raise mistake_in(line, replies.LINE_TOO_LONG)
            await self._obey(verb, argument)
        except LostPlaceError as error:
            self.dismiss(error.reply)
        except CommandSyntaxError as error:
            self.blame(error.reply)
        except ClientGoneError:
            raise
        except Exception as error:  # the third family: answered, logged, and the session goes on
            self.say(reply_to_misfortune(error, verb))
        if self._errors > self.limits.errors or self._refusals > self.limits.refusals:
            self.dismiss(replies.TOO_MANY_ERRORS)
        if self._farewell is not None:
            self.dismiss(self._farewell)
        if self._idle > self.limits.idle_commands:
            self.dismiss(replies.TOO_MANY_COMMANDS)

    async def _obey(self, verb: str, argument: str) -> None:
        method = self._smtp_methods.get(verb)
        if method is None:
            if verb in _NOT_SMTP:
                self.dismiss(replies.NOT_SMTP)
            self.blame(replies.NOT_OFFERED if verb in _ELSEWHERE else replies.NOT_RECOGNISED)
            return
        refused = self.order.refusal(self.stage, verb)
        if refused is not None and verb != "BDAT":  # its chunk comes first
            self.blame(refused)
            return
        self._idle += verb in _IDLE
        await method(argument)

    def _set_rset_state(self) -> None:
        """aiosmtpd calls this when a connection begins; RSET, EHLO and the end of a message do the same."""
        super()._set_rset_state()  # type: ignore[no-untyped-call]  # aiosmtpd's own
        self.speaks_utf8 = False
        self.stage = self.rest_stage if self.session is not None else Stage.CONNECTED
