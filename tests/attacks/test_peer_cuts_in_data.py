"""A connection cut in the middle of a message, on either side: half a one is none. RFC 5321 §4.1.1.4."""

from pathlib import Path

import pytest
from tests.support.operator_tls import client_of, health_pki
from tests.support.post import a_post
from tests.support.relay_door import THEIRS, an_open_relay

MAIL = f"MAIL FROM:<191070000002243@{THEIRS}>\r\n".encode()
RCPT = b"RCPT TO:<claire.martin@cabinet.mssante.fr>\r\n"


@pytest.mark.parametrize("extensions", [("PIPELINING", "CHUNKING"), ("PIPELINING",)], ids=["BDAT", "DATA"])
async def test_what_is_cut_on_the_way_out_is_sent_again_whole(
    extensions: tuple[str, ...], tmp_path: Path
) -> None:
    async with a_post(tmp_path) as post:
        post.peer.extensions, post.peer.cuts_at = extensions, 10
        await post.queue("q1")
        await post.send()
        assert post.peer.taken == []
        assert await post.states("q1") == {"paul": ("queued", "")}
        post.peer.cuts_at = None
        post.world.clock.pass_(minutes=5)
        await post.send()
        assert len(post.peer.taken) == 1
        assert await post.states("q1") == {"paul": ("delivered", "")}


@pytest.mark.parametrize("begun", [b"DATA\r\n", b"BDAT 100 LAST\r\n"], ids=["DATA", "BDAT"])
async def test_what_is_cut_on_the_way_in_is_not_taken(begun: bytes, tmp_path: Path) -> None:
    async with an_open_relay(tmp_path) as relay:
        for _ in range(3):
            async with relay.client() as client:
                await client.reply()
                await client.ask(b"EHLO mx\r\n")
                await client.ask(b"STARTTLS\r\n")
                await client.start_tls(client_of(health_pki(), "citizen-operator"))
                await client.ask(b"EHLO mx\r\n")
                assert (await client.ask(MAIL)).startswith(b"250 ")
                assert (await client.ask(RCPT)).startswith(b"250 ")
                await client.say(begun + b"Subject: half a mess")
        assert not relay.sorting.kept
