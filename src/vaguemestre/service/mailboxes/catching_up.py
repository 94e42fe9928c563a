"""Being up to date with the store: one question under way at a time, whoever asks and however often.

A signal says that something changed and not what. Signals that come while the question is being asked are one
more question, never one each.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from vaguemestre.service.ports.store import StoreBusyError

_log = structlog.get_logger()


class CatchingUp:
    """``ask`` reads what is new and learns it. Nothing is held by the event loop while all is quiet."""

    __slots__ = ("_again", "_ask", "_asking")

    def __init__(self, ask: Callable[[], Awaitable[None]]) -> None:
        self._ask = ask
        self._asking: asyncio.Task[None] | None = None
        self._again = False

    async def refresh(self) -> None:
        """Know everything that was committed before this call. Raises StoreBusyError."""
        if self._asking is not None:
            self._again = True  # what runs may have read too early for us
        # Shielded: a client that goes away must not stop the answer others are waiting for.
        await asyncio.shield(self._asking or self._start())

    def signalled(self) -> None:
        """Something changed: ask, soon."""
        if self._asking is not None:
            self._again = True
        else:
            self._start()

    def _start(self) -> "asyncio.Task[None]":
        self._asking = asyncio.get_running_loop().create_task(self._catch_up())
        self._asking.add_done_callback(_told)
        return self._asking

    async def _catch_up(self) -> None:
        try:
            self._again = True
            while self._again:
                self._again = False
                await self._ask()
        finally:
            self._asking = None


def _told(task: asyncio.Task[None]) -> None:
    """A signal's question failed: the next signal, or the next command, asks again."""
    if not task.cancelled() and isinstance(error := task.exception(), Exception):
        _log.warning("mailbox_refresh_failed", temporary=isinstance(error, StoreBusyError), exc_info=error)
