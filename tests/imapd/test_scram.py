"""AUTHENTICATE SCRAM-SHA-256 and -PLUS, over real TLS. RFC 9051 §6.2.2, RFC 5802 §5."""

from pathlib import Path

import pytest
from tests.support import scram
from tests.support.builders import DOCTOR
from tests.support.imap_door import PASSWORD, Client, an_open_door


async def challenge(client: Client) -> bytes:
    line = await client.line()
    assert line.startswith(b"+ "), line
    return line[2:]


@pytest.mark.parametrize("plus", [True, False])
async def test_it_signs_in_over_tls(plus: bool, tmp_path: Path) -> None:
    async with an_open_door(tmp_path, require_tls=True) as opened, opened.client(tls=True) as client:
        await client.line()
        name = scram.PLUS if plus else "SCRAM-SHA-256"
        await client.say(f"a AUTHENTICATE {name}\r\n".encode())
        assert await challenge(client) == b"\r\n"
        seen = scram.end_point(client.writer) if plus else None
        await scram.sign_in(client.say, lambda: challenge(client), DOCTOR, PASSWORD, seen)
        assert (await client.line()).startswith(b"a OK [CAPABILITY ")
        assert b"OK" in (await client.ask("SELECT INBOX"))[-1]


async def test_whoever_stands_in_the_middle_is_found_out(tmp_path: Path) -> None:
    async with an_open_door(tmp_path, require_tls=True) as opened, opened.client(tls=True) as client:
        await client.line()
        await client.say(f"a AUTHENTICATE {scram.PLUS}\r\n".encode())
        await challenge(client)
        with pytest.raises(AssertionError, match="AUTHENTICATIONFAILED"):
            await scram.sign_in(client.say, lambda: challenge(client), DOCTOR, PASSWORD, b"x" * 32)


async def test_a_client_may_give_up_in_the_middle(tmp_path: Path) -> None:
    async with an_open_door(tmp_path) as opened, opened.client() as client:
        await client.line()
        await client.say(b"a AUTHENTICATE LOGIN\r\n")
        assert await challenge(client) == b"VXNlcm5hbWU6\r\n"
        await client.say(b"*\r\n")
        assert (await client.line()).startswith(b"a BAD ")
        assert b" OK [CAPABILITY " in (await client.ask(f'LOGIN {DOCTOR} "{PASSWORD}"'))[-1]
