"""The door of the address book: its listeners, and how it closes."""

import asyncio
from functools import partial
from typing import Final

from vaguemestre.ldapd.connection import Connection
from vaguemestre.ldapd.shared import Shared

_BACKLOG: Final = 128
_HANDSHAKE: Final = 20.0  # seconds


class LdapDoor:
    """Lets mail programs look people up."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._servers: list[asyncio.Server] = []

    async def listen(self, host: str, port: int, implicit_tls: bool) -> asyncio.Server:
        """Open a listener; port 0 lets the system choose. Raises OSError; ValueError without certificate."""
        context = self._shared.tls_context if implicit_tls else None
        if implicit_tls and context is None:
            raise ValueError("TLS from the first octet needs a certificate")
        server = await asyncio.get_running_loop().create_server(
            partial(Connection, self._shared, is_tls=implicit_tls),
            host,
            port,
            ssl=context,
            ssl_handshake_timeout=_HANDSHAKE if implicit_tls else None,
            backlog=_BACKLOG,
        )
        self._servers.append(server)
        return server

    @property
    def connected(self) -> int:
        """How many clients there are."""
        return len(self._shared.guests)

    async def close(self) -> None:
        """Let nobody in, part from everybody; a search that runs is not waited for: nothing is lost."""
        for server in self._servers:
            server.close()
        guests = [guest for guest in self._shared.guests if isinstance(guest, Connection)]
        tasks = [guest.task for guest in guests if guest.task is not None]
        for guest in guests:
            guest.part()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the event loop tells connections of their end in its next turn
