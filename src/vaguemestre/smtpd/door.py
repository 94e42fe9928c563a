"""An SMTP door: its listeners, and how it closes.

Closing is orderly: nobody new comes in, those who wait are told, messages whose final dot was seen are filed
and answered, then whoever is left is told and cut.
"""

import asyncio
from collections.abc import Callable

import structlog

from vaguemestre.smtp import replies
from vaguemestre.smtpd.terms import Terms

_BACKLOG = 1024  # connections not yet accepted: a burst of clients must not meet a closed door

_log = structlog.get_logger()


class SmtpDoor:
    """Lets clients send mail. One for all its listeners, which share limits and end together."""

    def __init__(
        self, terms: Terms, connection: Callable[[], asyncio.Protocol], *, is_shared: bool = False
    ) -> None:
        """``connection`` is made for each client on these terms. ``is_shared``: so do other processes."""
        self._terms = terms
        self._connection = connection
        self._is_shared = is_shared
        self._servers: list[asyncio.Server] = []

    async def listen(self, host: str, port: int, implicit_tls: bool) -> asyncio.Server:
        """Open a listener; port 0 lets the system choose. Raises OSError; ValueError without certificate."""
        terms = self._terms
        if implicit_tls and terms.tls_context is None:
            raise ValueError("TLS from the first octet needs a certificate")
        server = await asyncio.get_running_loop().create_server(
            self._connection,
            host,
            port,
            ssl=terms.tls_context if implicit_tls else None,
            ssl_handshake_timeout=terms.limits.handshake_timeout if implicit_tls else None,
            backlog=_BACKLOG,
            reuse_port=self._is_shared or None,
        )
        self._servers.append(server)
        return server

    @property
    def connected(self) -> int:
        """How many clients there are."""
        return len(self._terms.guests)

    async def close(self) -> None:
        """Let nobody in, part from everybody; returns when no task of this door is left."""
        terms = self._terms
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
