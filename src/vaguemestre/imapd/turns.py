"""Turns at the event loop: no command holds it for long, however much there is to look at.

Pure work that would is written as a generator that stops after each slice, and driven from here.
"""

import asyncio
from collections.abc import Generator
from typing import Final, TypeVar

T = TypeVar("T")

HELD_AT_MOST: Final = 0.005  # seconds


class Turns:
    """Lets the other sessions have their turn once one command has held the event loop long enough."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._since = self._loop.time()

    async def pause(self) -> None:
        """Call it often."""
        if self._loop.time() - self._since > HELD_AT_MOST:
            await asyncio.sleep(0)
            self._since = self._loop.time()

    async def through(self, work: Generator[None, None, T]) -> T:
        """What the work returns at its end."""
        while True:
            try:
                next(work)
            except StopIteration as end:
                result: T = end.value
                return result
            await self.pause()
