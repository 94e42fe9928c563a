"""The octets of a message, or of a chunk of one, from the socket to the service, as they arrive.

RFC 5321 §4.1.1.4 for DATA, RFC 3030 §2 for BDAT: they differ in how the end is known, which is the reader's.

Nothing is kept here but what may begin the end. A service that fails in the middle does not end the reading:
the client would take the rest of its message for refused commands, and we the rest for commands.
"""

import asyncio
from collections.abc import Callable

from vaguemestre.smtp.chunk import ChunkReader
from vaguemestre.smtp.data import DataReader


class Receiver:
    """Feeds a message to the end. ``done`` tells True when it came, False when too much did."""

    __slots__ = ("_limit", "_reader", "_received", "_take", "done", "failure")

    def __init__(
        self,
        reader: DataReader | ChunkReader,
        take: Callable[[bytes], None] | None,
        limit: int,
        done: "asyncio.Future[bool]",
    ) -> None:
        """``take`` is given the octets; None has them thrown away.

        ``limit``: octets on the wire past which we stop listening; the service refused long before.
        """
        self._reader = reader
        self._take = take
        self._limit = limit
        self._received = 0
        self.done = done
        self.failure: Exception | None = None

    def feed(self, octets: bytes) -> bytes:
        """Take what the socket gave; return what follows the end."""
        self._received += len(octets)
        clear = self._reader.feed(octets)
        if clear and self._take is not None and self.failure is None:
            try:
                self._take(clear)
            except Exception as error:  # unforeseen: told after the end
                self.failure = error
        if self._reader.ended:
            self._settle(True)
        elif self._received > self._limit:
            self._settle(False)
        return self._reader.leftover

    def _settle(self, ended: bool) -> None:
        if not self.done.done():
            self.done.set_result(ended)
