"""The door of the console: its listeners, and how it closes. HTTP/1.1 (RFC 9112) is uvicorn's.

uvicorn would be a server of its own, with its own signals and its own end; only what reads and writes a
connection is taken of it, so that this door opens and closes as the others do.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Final

from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.server import ServerState

from vaguemestre.console.connection import Connection
from vaguemestre.net.tls import ServerContext

_BACKLOG: Final = 128
_HANDSHAKE: Final = 20.0  # seconds
_KEEP_ALIVE: Final = 15  # seconds; a person reads a page for longer, and pays one handshake more
_GRACE: Final = 3.0  # seconds for what is being answered when the door closes


class ConsoleDoor:
    """``proxies`` are believed when they say whom they speak for; ``most`` connections at once."""

    def __init__(
        self, application: ASGIApp, tls_context: ServerContext | None, proxies: Sequence[str], most: int
    ) -> None:
        self.grace = _GRACE
        self._tls_context = tls_context
        self._state = ServerState()
        self._servers: list[asyncio.Server] = []
        self._config = Config(
            application,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=bool(proxies),
            forwarded_allow_ips=list(proxies),
            server_header=False,
            limit_concurrency=most,
            timeout_keep_alive=_KEEP_ALIVE,
        )
        self._config.load()

    async def listen(self, host: str, port: int, implicit_tls: bool) -> asyncio.Server:
        """Open a listener; port 0 lets the system choose. Raises OSError; ValueError without certificate."""
        if implicit_tls and self._tls_context is None:
            raise ValueError("TLS from the first octet needs a certificate")
        server = await asyncio.get_running_loop().create_server(
            partial(Connection, self._config, self._state, {}),
            host,
            port,
            ssl=self._tls_context if implicit_tls else None,
            ssl_handshake_timeout=_HANDSHAKE if implicit_tls else None,
            backlog=_BACKLOG,
        )
        self._servers.append(server)
        return server

    @property
    def connected(self) -> int:
        """How many clients there are."""
        return len(self._state.connections)

    async def close(self) -> None:
        """Let nobody in, finish what is being answered, cut what does not end."""
        for server in self._servers:
            server.close()
        for connection in tuple(self._state.connections):
            connection.shutdown()
        tasks = tuple(self._state.tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self.grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        for connection in tuple(self._state.connections):
            connection.transport.close()
        await asyncio.sleep(0)  # the event loop tells connections of their end in its next turn
