"""The octets of one message, from the socket to the service, as they arrive. RFC 5321 §4.1.1.4.

Nothing is kept here but what may begin the end. A service that fails in the middle does not end the reading:
the client would take the rest of its message for refused commands, and we the rest for commands.
"""

import asyncio

from vaguemestre.smtp.data import DataReader
from vaguemestre.smtpd.ports import Message


class Receiver:
    """Feeds a message until the final dot. ``done`` tells True when it came, False when too much did."""

    __slots__ = ("_limit", "_message", "_reader", "_received", "began_at", "done", "failure")

    def __init__(self, message: Message, limit: int, done: "asyncio.Future[bool]", began_at: float) -> None:
        """``limit``: octets on the wire past which we stop listening; the service refused long before."""
        self._message = message
        self._reader = DataReader()
        self._limit = limit
        self._received = 0
        self.began_at = began_at
        self.done = done
        self.failure: Exception | None = None

    def feed(self, octets: bytes) -> bytes:
        """Take what the socket gave; return what follows the final dot."""
        self._received += len(octets)
        clear = self._reader.feed(octets)
        if clear and self.failure is None:
            try:
                self._message.feed(clear)
            except Exception as error:  # unforeseen: told after the final dot
                self.failure = error
        if self._reader.ended:
            self._settle(True)
        elif self._received > self._limit:
            self._settle(False)
        return self._reader.leftover

    def _settle(self, ended: bool) -> None:
        if not self.done.done():
            self.done.set_result(ended)
