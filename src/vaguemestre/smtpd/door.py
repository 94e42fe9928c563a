"""The SMTP door: its listeners, and how it closes.

Submission is RFC 6409: on 587 with STARTTLS, on 465 with TLS from the first octet (RFC 8314 §3.3). Closing is
orderly: nobody new comes in, those who wait are told, messages whose final dot was seen are filed and
answered, then whoever is left is told and cut.
"""

import asyncio
from typing import Final

import structlog

from vaguemestre.mail.envelope import Envelope
from vaguemestre.net.tls import ServerContext
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.service.store_port import StoreBusyError
from vaguemestre.smtp import replies
from vaguemestre.smtpd.connection import SmtpConnection
from vaguemestre.smtpd.ports import Authentication, IncomingT, Message, MessageOf, Submissions
from vaguemestre.smtpd.terms import SmtpLimits, Terms

EXPEL_EVERY: Final = 30.0  # seconds a session may outlive the suspension of its account: it sends nothing
_BACKLOG = 1024  # connections not yet accepted: a burst of clients must not meet a closed door

_log = structlog.get_logger()


class SmtpDoor:
    """Lets clients submit mail. One for all its listeners, which share limits and end together."""

    def __init__(
        self,
        authentication: Authentication,
        submissions: Submissions[IncomingT],
        tls_context: ServerContext | None,
        require_tls: bool,
        hostname: str,
        limits: SmtpLimits | None = None,
    ) -> None:
        """``require_tls`` false lets clients on this machine sign in without TLS, for trials.

        ``hostname`` is how we name ourselves in the greeting. Raises ValueError when TLS is required and
        there is no certificate.
        """
        if require_tls and tls_context is None:
            raise ValueError("TLS is required, and there is no certificate to offer it with")

        def begin(signed_in: SignedIn, envelope: Envelope, protocol: str) -> Message:
            return MessageOf(submissions, submissions.begin(signed_in, envelope, protocol))

        self._terms = Terms(
            authentication, submissions, begin, tls_context, require_tls, hostname, limits or SmtpLimits()
        )
        self._servers: list[asyncio.Server] = []
        self._watching: asyncio.Task[None] | None = None

    async def listen(self, host: str, port: int, implicit_tls: bool) -> asyncio.Server:
        """Open a listener; port 0 lets the system choose. Raises OSError; ValueError without certificate."""
        terms = self._terms
        if implicit_tls and terms.tls_context is None:
            raise ValueError("TLS from the first octet needs a certificate")
        server = await asyncio.get_running_loop().create_server(
            lambda: SmtpConnection(terms),
            host,
            port,
            ssl=terms.tls_context if implicit_tls else None,
            ssl_handshake_timeout=terms.limits.handshake_timeout if implicit_tls else None,
            backlog=_BACKLOG,
        )
        self._servers.append(server)
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._watch())
        return server

    async def expel(self) -> None:
        """End the sessions of accounts that may not sign in any more: suspended or closed since they did.

        So those of who signed in for another and has no right there any more.
        """
        guests = [(guest, account) for guest in self._terms.guests if (account := guest.account) is not None]
        barred = await self._terms.authentication.barred({account for _, account in guests})
        for guest, account in guests:
            if account in barred:
                _log.info("smtp_session_ended", peer=guest.peer, reason="account not active")
                guest.part(replies.NOT_ACTIVE)
        readers = [(guest, reader) for guest in self._terms.guests if (reader := guest.reader) is not None]
        ended = await self._terms.authentication.ended((reader for _, reader in readers), None)
        for guest, reader in readers:
            if reader in ended:
                _log.info("smtp_session_ended", peer=guest.peer, reason="access ended")
                guest.part(replies.ACCESS_ENDED)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(EXPEL_EVERY)
            try:
                await self.expel()
            except StoreBusyError:
                _log.warning("smtp_accounts_not_read")
            except Exception:  # whatever it was, the next look may go better, and mail goes on meanwhile
                _log.exception("smtp_accounts_not_read")

    async def close(self) -> None:
        """Let nobody in, part from everybody; returns when no task of this door is left."""
        terms = self._terms
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
            self._watching = None
        for server in self._servers:
            server.close()
        for guest in list(terms.guests):
            guest.part()
        working = [*terms.sessions, *terms.submissions]
        late = (await asyncio.wait(working, timeout=terms.limits.grace))[1] if working else set()
        for guest in list(terms.guests):
            guest.hang_up(replies.SHUTTING_DOWN)  # whoever is still in the middle of a message is told too
        await asyncio.sleep(0)  # what was written leaves in the loop's next turn
        for guest in list(terms.guests):
            guest.cut()
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        await asyncio.sleep(0)  # the event loop tells connections of their end in its next turn
        _log.info("smtp_door_closed", cut_short=len(late))
