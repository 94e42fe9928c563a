"""Another operator who says "not now" to everything: asked, then left alone. RFC 5321 §4.5.4.1."""

from pathlib import Path

from tests.support.post import a_post

LETTERS = 30


async def test_a_storm_of_not_now_costs_a_few_questions_and_loses_nothing(tmp_path: Path) -> None:
    async with a_post(tmp_path) as post:
        asked: list[str] = []

        def storm(line: str) -> str:
            asked.append(line)
            return "450 4.3.2 not now"

        post.peer.rcpt = storm
        for number in range(LETTERS):
            await post.queue(f"q{number}")
        await post.send()
        assert len(asked) < LETTERS
        before = len(asked)
        await post.send()
        assert len(asked) == before, "asked again before its time"
        assert len(await post.waiting()) == LETTERS

        post.peer.rcpt = lambda _: "250 ok"
        for _ in range(3):
            post.world.clock.pass_(hours=5)
            await post.send()
        assert await post.waiting() == []
        assert len(post.peer.taken) == LETTERS
