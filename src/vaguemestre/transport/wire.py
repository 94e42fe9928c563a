"""One connection as octets, which becomes TLS on the way. Bounded both ways; every wait has an end.

Not asyncio's streams: what came before TLS must be seen to be forgotten, and a stream keeps it.
"""

import asyncio
import ssl
from typing import Final, cast

_HIGH: Final = 256 * 1024  # octets that came and that nobody took yet: reading stops there


class Wire(asyncio.Protocol):
    """Made by ``connect``."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._came = bytearray()
        self._is_over = False
        self._arrived = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    @classmethod
    async def connect(cls, host: str, port: int, patience: float) -> "Wire":
        """Raises OSError, TimeoutError among them."""
        async with asyncio.timeout(patience):
            _, wire = await asyncio.get_running_loop().create_connection(cls, host, port)
        return wire

    async def read(self, patience: float) -> bytes:
        """What came; empty at the end of the connection. Raises TimeoutError."""
        if not self._came and not self._is_over:
            self._arrived.clear()
            async with asyncio.timeout(patience):
                await self._arrived.wait()
        octets = bytes(self._came)
        self._came.clear()
        if self._transport is not None and not self._is_over:
            self._transport.resume_reading()
        return octets

    def holds_any(self) -> bool:
        """Whether something came that nobody read."""
        return bool(self._came)

    async def write(self, octets: bytes, patience: float) -> None:
        """Returns when there is room for more. Raises OSError, TimeoutError."""
        if self._transport is None or self._is_over or self._transport.is_closing():
            raise ConnectionResetError("the connection is closed")
        self._transport.write(octets)
        async with asyncio.timeout(patience):
            await self._writable.wait()
        if self._is_over:
            raise ConnectionResetError("the connection is closed")

    async def begin_tls(self, context: ssl.SSLContext, host: str, patience: float) -> ssl.SSLObject | None:
        """The TLS layer after the handshake. Raises OSError (ssl.SSLError), TimeoutError."""
        assert self._transport is not None  # noqa: S101 (connect has made it)
        loop = asyncio.get_running_loop()
        over = await loop.start_tls(
            self._transport, self, context, server_hostname=host, ssl_handshake_timeout=patience
        )
        if over is None:
            raise ConnectionResetError("the connection was closed in the handshake")
        self._transport = over
        return cast(ssl.SSLObject | None, over.get_extra_info("ssl_object"))

    def close(self) -> None:
        """At once; what was not sent is not."""
        if self._transport is not None:
            self._transport.abort()

    def finish(self) -> None:
        """Once everything is sent; nobody waits for it."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast(asyncio.Transport, transport)  # of a stream, whichever loop made it

    def data_received(self, data: bytes) -> None:
        """Called by asyncio."""
        self._came += data
        if len(self._came) > _HIGH and self._transport is not None:
            self._transport.pause_reading()
        self._arrived.set()

    def pause_writing(self) -> None:
        """Called by asyncio."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Called by asyncio."""
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self._is_over = True
        self._arrived.set()
        self._writable.set()
