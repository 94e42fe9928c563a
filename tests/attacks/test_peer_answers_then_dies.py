"""Another operator who answers 250 and dies: that message is his, and no other is to blame. RFC 5321 §6.1."""

from pathlib import Path

import pytest
from tests.support.post import a_post

from vaguemestre.service.outbound.sending import SendingTerms

LETTERS = 12


@pytest.mark.parametrize("extensions", [("PIPELINING", "CHUNKING"), ("PIPELINING",), ()])
async def test_everything_arrives_once_from_one_connection_to_the_next(
    extensions: tuple[str, ...], tmp_path: Path
) -> None:
    async with a_post(tmp_path, terms=SendingTerms(connections_per_destination=1)) as post:
        post.peer.extensions, post.peer.dies = extensions, True
        for number in range(LETTERS):
            await post.queue(f"q{number}")
        await post.send()
        assert await post.waiting() == []
        assert len(post.peer.taken) == LETTERS
        for number in range(LETTERS):
            assert await post.states(f"q{number}") == {"paul": ("delivered", "")}
