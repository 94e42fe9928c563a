"""Commands put in clear behind STARTTLS by somebody on the way, to be obeyed under TLS. RFC 3207 §4.2."""

import asyncio
from contextlib import suppress

import pytest
from tests.support.letterbox import CLAIRE
from tests.support.smtp_door import AUTH, an_open_door

INJECTED = [
    b"NOOP\r\n",
    b"EHLO thief.example\r\n" + AUTH + f"MAIL FROM:<{CLAIRE}>\r\n".encode(),
    b"NOOP",  # half a line: it must not become the beginning of the client's first
    b"x" * 100_000 + b"\r\n",
]


@pytest.mark.parametrize("injected", INJECTED, ids=["command", "sign-in", "half a line", "much"])
async def test_what_came_in_clear_is_not_obeyed_under_tls(injected: bytes) -> None:
    async with an_open_door(require_tls=True) as opened, opened.client() as client:
        await client.reply()
        await client.ask(b"EHLO pc\r\n")
        said = await client.ask(b"STARTTLS\r\n" + injected)
        assert said == b"220 2.0.0 Ready to start TLS\r\n"
        try:
            await client.start_tls()
        except (OSError, asyncio.IncompleteReadError):
            return  # it was read as TLS, and the connection ended: nothing was obeyed either
        assert (await client.ask(b"MAIL FROM:<>\r\n")).startswith(b"503 5.5.1 Send EHLO first")
        assert (await client.ask(b"EHLO pc\r\n")).startswith(b"250-")
        assert not opened.porter.asked


async def test_a_client_that_speaks_no_tls_after_all_is_dropped_and_the_door_goes_on() -> None:
    async with an_open_door() as opened:
        async with opened.client() as client:
            await client.reply()
            await client.ask(b"EHLO pc\r\n")
            assert (await client.ask(b"STARTTLS\r\n")).startswith(b"220 ")
            await client.say(b"MAIL FROM:<>\r\n" * 10)
            with suppress(ConnectionResetError):
                assert b"250" not in await client.rest()
        async with opened.client(tls=True) as client:
            await client.sign_in()


async def test_a_client_that_leaves_in_the_middle_of_the_handshake_is_forgotten() -> None:
    async with an_open_door() as opened, opened.client() as client:
        await client.reply()
        await client.ask(b"EHLO pc\r\n")
        assert (await client.ask(b"STARTTLS\r\n")).startswith(b"220 ")
        await client.say(b"\x16\x03\x01")
        client.leave()
        async with opened.client() as other:
            await other.sign_in()
