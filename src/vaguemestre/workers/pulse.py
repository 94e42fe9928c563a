"""How late the event loop comes: what every client waits when something holds it."""

import asyncio
from typing import Final

from vaguemestre.service.health.figures import Spread

_EVERY: Final = 0.5  # seconds: two timers a second cost nothing, and a stall of half a second is always seen


async def feel(lag: Spread, stopping: asyncio.Event, every: float = _EVERY) -> None:
    """Until ``stopping`` is set."""
    loop = asyncio.get_running_loop()
    while not stopping.is_set():
        asked = loop.time() + every
        try:
            async with asyncio.timeout_at(asked):
                await stopping.wait()
        except TimeoutError:
            lag.took(max(0.0, loop.time() - asked))
