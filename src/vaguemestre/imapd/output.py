"""Octets on their way to one client, held back when it does not read.

Small responses are gathered and go out as one write. Whoever writes much awaits ``drain`` between pieces: a
client that asks for everything and reads nothing then costs one buffer, and the others go on.
"""

import asyncio
from typing import Final

from vaguemestre.imapd.compression import Deflater

GATHERED: Final = 64 * 1024  # octets gathered before they are handed to the transport
HIGH_WATER: Final = 128 * 1024  # what the transport may hold before we wait for the client


class Output:
    """One client's. ``stalled_since`` is the loop's time at which the client stopped reading, or None."""

    __slots__ = ("_deflater", "_held", "_parts", "_resumed", "_transport", "stalled_since")

    def __init__(self, transport: asyncio.WriteTransport) -> None:
        self._parts: list[bytes] = []
        self._held = 0
        self._resumed: asyncio.Future[None] | None = None
        self.stalled_since: float | None = None
        self._deflater: Deflater | None = None
        self._transport = transport
        self.attach(transport)

    def attach(self, transport: asyncio.WriteTransport) -> None:
        """From now on by this transport: the connection begins, or TLS has begun on it."""
        self._transport = transport
        transport.set_write_buffer_limits(high=HIGH_WATER)

    def compress(self) -> None:
        """From now on the client is sent DEFLATE; what was written before goes as it is."""
        self.flush()
        self._deflater = Deflater()

    def write(self, octets: bytes) -> None:
        """Send, soon."""
        self._parts.append(octets)
        self._held += len(octets)
        if self._held >= GATHERED:
            self.flush()

    def flush(self) -> None:
        """Send what is gathered, now."""
        if self._parts:
            octets = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            self._parts.clear()
            self._held = 0
            if not self._transport.is_closing():
                self._transport.write(octets if self._deflater is None else self._deflater.deflated(octets))

    async def drain(self) -> None:
        """Wait until the client has read enough. Raises ConnectionResetError when it went away."""
        if self._held >= GATHERED or self.stalled_since is not None:
            self.flush()
        while self.stalled_since is not None:
            if self._resumed is None:
                self._resumed = asyncio.get_running_loop().create_future()
            await self._resumed
        if self._transport.is_closing():
            raise ConnectionResetError("the client went away")

    def pause(self) -> None:
        """The transport is full: the client does not read."""
        self.stalled_since = asyncio.get_running_loop().time()

    def resume(self) -> None:
        """The client reads again."""
        self.stalled_since = None
        if self._resumed is not None and not self._resumed.done():
            self._resumed.set_result(None)
        self._resumed = None

    def lose(self) -> None:
        """The connection is gone: whoever waits is told so by ``drain``."""
        self._parts.clear()
        self._held = 0
        self.resume()
