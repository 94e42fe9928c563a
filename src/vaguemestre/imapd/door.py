"""The door that speaks IMAP: listeners, the connections behind them, and how they end.

One timer looks at every connection now and then, instead of one timer for each of them.
"""

import asyncio
import contextlib
from functools import partial
from typing import Final

import structlog

from vaguemestre.imap import codes
from vaguemestre.imapd.admission import ENDED
from vaguemestre.imapd.connection import Connection
from vaguemestre.imapd.limits import ImapLimits
from vaguemestre.imapd.shared import Shared
from vaguemestre.mail.access import Right
from vaguemestre.net.tls import ServerContext
from vaguemestre.service.mailboxes.keeping import Mailboxes
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.service.sign_in.authentication import Authentication

CHECK_EVERY: Final = 5.0  # seconds: how late a timeout may be
EXPEL_EVERY: Final = 30.0  # seconds a session may outlive the suspension of its account
CLOSE_WITHIN: Final = 5.0  # seconds given to commands being run when the server stops
BACKLOG: Final = 1024

_NOT_ACTIVE: Final = ("This account is not active any more", b"")
_WITHDRAWN: Final = ("The password of this session is not good any more", codes.EXPIRED)

_log = structlog.get_logger()


class ImapDoor:
    """Listens, and keeps count. ``require_tls`` false lets loopback sign in without TLS."""

    def __init__(
        self,
        authentication: Authentication,
        mailboxes: Mailboxes,
        clock: Clock,
        tls_context: ServerContext | None,
        require_tls: bool,
        limits: ImapLimits | None = None,
        *,
        is_shared: bool = False,
    ) -> None:
        """``is_shared``: other processes listen where this one does."""
        self._shared = Shared(
            authentication, mailboxes, clock, limits or ImapLimits(), tls_context, require_tls
        )
        self._is_shared = is_shared
        self._servers: list[asyncio.Server] = []
        self._connections: list[set[Connection]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._watching: asyncio.Task[None] | None = None

    async def listen(self, host: str, port: int, implicit_tls: bool) -> asyncio.Server:
        """Take connections on one address; port 0 takes a free one.

        Raises OSError, and ValueError for TLS without a certificate.
        """
        context = self._shared.tls_context if implicit_tls else None
        if implicit_tls and context is None:
            raise ValueError("a TLS port needs a certificate")
        connections: set[Connection] = set()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            partial(Connection, self._shared, connections, implicit_tls),
            host,
            port,
            ssl=context,
            backlog=BACKLOG,
            reuse_port=self._is_shared or None,
            ssl_handshake_timeout=self._shared.limits.handshake_within if implicit_tls else None,
        )
        self._connections.append(connections)
        self._servers.append(server)
        if self._timer is None:
            self._timer = loop.call_later(CHECK_EVERY, self._check)
            self._watching = loop.create_task(self._watch())
        return server

    @property
    def connected(self) -> int:
        """How many clients there are."""
        return sum(map(len, self._connections))

    def check(self, now: float) -> None:
        """End the connections that have lasted too long; ``now`` is the loop's time."""
        for connections in self._connections:
            for connection in tuple(connections):
                connection.check(now)

    def _check(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(CHECK_EVERY, self._check)
        self.check(loop.time())

    async def expel(self) -> None:
        """End the sessions of accounts that may not sign in any more: suspended or closed since they did.

        So those of readers whose access has ended: revoked, or past midnight of its last day; and those
        opened by a password that is no more: a device's that was taken back, or the account's own, replaced.
        """
        holders = {connection.holder for connection in self._everybody()} - {None}
        barred = await self._shared.authentication.barred(holder for holder in holders if holder is not None)
        for connection in self._everybody():
            if connection.holder in barred:
                _log.info("imap_session_ended", peer=connection.peer, reason="account not active")
                connection.finish(_NOT_ACTIVE)
        readers = {connection.reader for connection in self._everybody()} - {None}
        asked = [reader for reader in readers if reader is not None]
        ended = await self._shared.authentication.ended(asked, Right.READ)
        for connection in self._everybody():
            if connection.reader in ended:
                _log.info("imap_session_ended", peer=connection.peer, reason="access ended")
                connection.finish(ENDED)
        sessions = [how for connection in self._everybody() if (how := connection.signed_in) is not None]
        withdrawn = await self._shared.authentication.withdrawn(sessions)
        for connection in self._everybody():
            if connection.signed_in in withdrawn:
                _log.info("imap_session_ended", peer=connection.peer, reason="password withdrawn")
                connection.finish(_WITHDRAWN)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(EXPEL_EVERY)
            try:
                await self.expel()
            except StoreBusyError:
                _log.warning("imap_accounts_not_read")
            except Exception:  # whatever it was, the next look may go better, and mail goes on meanwhile
                _log.exception("imap_accounts_not_read")

    def _everybody(self) -> list[Connection]:
        return [connection for connections in self._connections for connection in connections]

    async def close(self) -> None:
        """Take no more connections, say BYE to those there are, and wait until they are gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
            self._watching = None
        for server in self._servers:
            server.close()
        for connections in self._connections:
            for connection in tuple(connections):
                connection.finish()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._shared.wait_until_empty(), CLOSE_WITHIN)
        for connections in self._connections:
            for connection in tuple(connections):
                connection.abort()
        for server in self._servers:
            await server.wait_closed()
        self._servers.clear()
