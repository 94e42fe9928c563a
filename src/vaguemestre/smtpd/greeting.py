"""Everything that is neither a message nor a sign-in: EHLO, STARTTLS, and the small commands.

RFC 5321 §4.1.1.1 and RFC 5321 §4.1.1.5 to §4.1.1.10; RFC 3207. VRFY and EXPN tell nothing: who holds a
mailbox here is health data (domain.md §2).
"""

from typing import Final

from aiosmtpd.smtp import syntax

from vaguemestre.smtp import replies
from vaguemestre.smtp.by import SOONEST
from vaguemestre.smtp.grammar import CommandSyntaxError, parse_host
from vaguemestre.smtp.order import Stage
from vaguemestre.smtpd.speaker import Speaker
from vaguemestre.smtpd.wire import ClientGoneError

_MOST_SAID: Final = 999_999  # RFC 9422 §4.2: six digits


class GreetingCommands(Speaker):
    """HELO, EHLO, STARTTLS, NOOP, RSET, VRFY, EXPN, HELP, QUIT."""

    @syntax("EHLO hostname")
    async def smtp_EHLO(self, arg: str) -> None:
        """Name ourselves and what we offer, for the connection as it is now."""
        self._greeted(parse_host(arg), extended=True)
        self.write(replies.encode_lines("250", "", [self.hostname, *self.keywords()]))

    @syntax("HELO hostname")
    async def smtp_HELO(self, arg: str) -> None:
        """The old greeting: no extension, so no sign-in and no message."""
        self._greeted(parse_host(arg), extended=False)
        self.write(f"250 {self.hostname}\r\n".encode())

    def _greeted(self, name: str, extended: bool) -> None:
        """Forget any message begun (RFC 5321 §4.1.4); who signed in stays so (RFC 4954 §4)."""
        self.client.host_name = name
        self.client.extended_smtp = extended
        self._set_rset_state()

    def keywords(self) -> list[str]:
        """What EHLO offers on the connection as it is now."""
        offered = [
            f"SIZE {self.terms.bounds.max_message_size}",
            "PIPELINING",
            "8BITMIME",
            "CHUNKING",
            "BINARYMIME",
            "SMTPUTF8",
            "ENHANCEDSTATUSCODES",
            "DSN",
            f"DELIVERBY {SOONEST}",
        ]
        if self.is_secure:
            offered.append("REQUIRETLS")  # RFC 8689 §2: under TLS alone
        elif self.terms.tls_context is not None:
            offered.append("STARTTLS")
        return [*offered, *self.own_keywords(), "HELP"]

    @syntax("STARTTLS", when="tls_context")
    async def smtp_STARTTLS(self, arg: str) -> None:
        """Agree on TLS, then know nothing of the client any more. RFC 3207 §4.2."""
        _no_argument(arg)
        if self.is_secure:
            self.blame(replies.ALREADY_SECURE)
            return
        if self.terms.tls_context is None:
            self.say(replies.TLS_NOT_AVAILABLE)
            return
        await self.begin_tls()
        peer = self.client.peer
        self.session = self._create_session()
        self.session.peer = peer
        self.forget_client()
        self.stage = Stage.CONNECTED

    @syntax("NOOP [anything]")
    async def smtp_NOOP(self, arg: str) -> None:
        """Show that we are alive."""
        self.say(replies.OK)

    @syntax("RSET")
    async def smtp_RSET(self, arg: str) -> None:
        """Give up the message that was begun."""
        _no_argument(arg)
        self._set_rset_state()
        self.say(replies.OK)

    @syntax("VRFY address")
    async def smtp_VRFY(self, arg: str) -> None:
        """Neither yes nor no."""
        if not arg:
            raise CommandSyntaxError(replies.ARGUMENT_EXPECTED)
        self.say(replies.NOT_VERIFIED)

    async def smtp_EXPN(self, arg: str) -> None:
        """There are no lists to expand."""
        self.blame(replies.NOT_OFFERED)

    @syntax("HELP [command]")
    async def smtp_HELP(self, arg: str) -> None:
        """The commands, or the form of one."""
        if arg:
            method = self._smtp_methods.get(arg.upper())
            if method is None or not self._syntax_available(method):
                raise CommandSyntaxError(replies.NO_SUCH_HELP)
            self.say(replies.help_text(f"Syntax: {method.__smtp_syntax__}"))
            return
        verbs = sorted(v for v, method in self._smtp_methods.items() if self._syntax_available(method))
        self.say(replies.help_text(f"Commands: {' '.join(verbs)}"))

    @syntax("QUIT")
    async def smtp_QUIT(self, arg: str) -> None:
        """Part."""
        _no_argument(arg)
        self.hang_up(replies.BYE)
        raise ClientGoneError


def recipients_at_most(number: int) -> str:
    """The keyword that says it. RFC 9422 §4.2.

    MAILMAX (RFC 9422 §4.1) is not said: a session brings as many messages as its sender may send.
    """
    return f"LIMITS RCPTMAX={min(number, _MOST_SAID)}"


def _no_argument(arg: str) -> None:
    if arg:
        raise CommandSyntaxError(replies.NO_ARGUMENT_EXPECTED)
