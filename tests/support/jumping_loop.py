"""An event loop whose clock can be moved, so that a timeout of an hour is tested without waiting."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

T = TypeVar("T")


class JumpingLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop, ``ahead`` of the clock by so many seconds."""

    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead


async def jump(seconds: float) -> None:
    """Move the clock, and let what was due happen."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    loop.ahead += seconds
    for _ in range(5):
        await asyncio.sleep(0)


def run_jumping(test: Coroutine[None, None, T]) -> T:
    """Run a test on such a loop."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(test)
