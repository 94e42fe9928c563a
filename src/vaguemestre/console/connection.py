"""One connection to the console: uvicorn's, which also waits for a request no longer than is decent.

uvicorn closes a connection that is quiet after an answer, and waits for ever for a request that never
ends: whoever opens connections and says one octet a minute would hold them all.
"""

import asyncio
from typing import Final

from uvicorn.protocols.http.h11_impl import H11Protocol

_PATIENCE: Final = 30.0  # seconds for one whole request to arrive


class Connection(H11Protocol):
    """Cut when a request has not arrived whole in time."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Somebody is there: the first request is waited for."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """The clock runs while a request is incomplete, and only then."""
        super().data_received(data)
        arrived = self.cycle is not None and not self.cycle.more_body
        if arrived:
            self._stop_waiting()
        elif self._waiting is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(_PATIENCE, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
