"""Another operator who takes a message and says nothing more: it waits its turn. RFC 5321 §4.5.3.2.6."""

import asyncio
from pathlib import Path

from tests.support.post import a_post

from vaguemestre.smtp.client import PATIENCE, Step


async def test_what_hangs_is_left_for_later_and_arrives(tmp_path: Path) -> None:
    patience = {**PATIENCE, Step.FINAL: 0.1}
    async with a_post(tmp_path, patience) as post:
        post.peer.hangs = asyncio.Event()
        await post.queue("q1")
        await post.send()
        (waiting,) = await post.waiting()
        assert (waiting.attempts, waiting.reason) == (1, "451 4.4.2")
        assert await post.states("q1") == {"paul": ("queued", "")}
        post.peer.hangs.set()
        patience.update(PATIENCE)
        post.world.clock.pass_(minutes=5)
        await post.send()
        assert await post.states("q1") == {"paul": ("delivered", "")}


async def test_who_does_not_even_greet_is_paused_whole(tmp_path: Path) -> None:
    async with a_post(tmp_path, {**PATIENCE, Step.GREETING: 0.1}) as post:
        post.peer.silent = asyncio.Event()
        for number in range(20):
            await post.queue(f"q{number}")
        await post.send()
        assert {waiting.attempts for waiting in await post.waiting()} == {0}
        assert post.peer.connections <= 2
        post.peer.silent.set()
