"""The door for accounts. RFC 6409.

On 587 with STARTTLS, on 465 with TLS from the first octet (RFC 8314 §3.3). Sessions end with the right to be
there.
"""

import asyncio
from typing import Final

import structlog

from vaguemestre.net.tls import ServerContext
from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.smtp import replies
from vaguemestre.smtpd.connection import SubmissionConnection
from vaguemestre.smtpd.door import SmtpDoor
from vaguemestre.smtpd.ports import Authentication, IncomingT, Sender, Submissions
from vaguemestre.smtpd.senders import AccountSender
from vaguemestre.smtpd.terms import SmtpLimits, SubmissionTerms

EXPEL_EVERY: Final = 30.0  # seconds a session may outlive the suspension of its account: it sends nothing

_log = structlog.get_logger()


class SubmissionDoor(SmtpDoor):
    """Lets accounts submit mail."""

    def __init__(
        self,
        authentication: Authentication,
        submissions: Submissions[IncomingT],
        tls_context: ServerContext | None,
        require_tls: bool,
        hostname: str,
        limits: SmtpLimits | None = None,
        *,
        is_shared: bool = False,
    ) -> None:
        """``require_tls`` false lets clients on this machine sign in without TLS, for trials.

        ``hostname`` is how we name ourselves in the greeting. ``is_shared``: other processes listen
        too. Raises ValueError when TLS is required and there is no certificate.
        """
        if require_tls and tls_context is None:
            raise ValueError("TLS is required, and there is no certificate to offer it with")

        def sender_of(signed_in: SignedIn) -> Sender:
            return AccountSender(submissions, signed_in)

        terms = SubmissionTerms(
            bounds=submissions,
            authentication=authentication,
            counter=submissions,
            sender_of=sender_of,
            tls_context=tls_context,
            require_tls=require_tls,
            hostname=hostname,
            limits=limits or SmtpLimits(),
        )
        super().__init__(terms, lambda: SubmissionConnection(terms), is_shared=is_shared)
        self._authentication = authentication
        self._watching: asyncio.Task[None] | None = None

    async def listen(self, host: str, port: int, implicit_tls: bool) -> asyncio.Server:
        """As every door; the first listener begins to look at who may stay."""
        server = await super().listen(host, port, implicit_tls)
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._watch())
        return server

    async def expel(self) -> None:
        """End the sessions of accounts that may not sign in any more: suspended or closed since they did.

        So those of who signed in for another and has no right there any more, and those opened by a password
        that is no more: a device's that was taken back, or the account's own, replaced.
        """
        guests = [(guest, account) for guest in self._terms.guests if (account := guest.account) is not None]
        barred = await self._authentication.barred({account for _, account in guests})
        for guest, account in guests:
            if account in barred:
                _log.info("smtp_session_ended", peer=guest.peer, reason="account not active")
                guest.part(replies.NOT_ACTIVE)
        readers = [(guest, reader) for guest in self._terms.guests if (reader := guest.reader) is not None]
        ended = await self._authentication.ended((reader for _, reader in readers), None)
        for guest, reader in readers:
            if reader in ended:
                _log.info("smtp_session_ended", peer=guest.peer, reason="access ended")
                guest.part(replies.ACCESS_ENDED)
        sessions = [(guest, how) for guest in self._terms.guests if (how := guest.signed_in) is not None]
        withdrawn = await self._authentication.withdrawn(how for _, how in sessions)
        for guest, how in sessions:
            if how in withdrawn:
                _log.info("smtp_session_ended", peer=guest.peer, reason="password withdrawn")
                guest.part(replies.PASSWORD_WITHDRAWN)

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
        """As every door."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
            self._watching = None
        await super().close()
