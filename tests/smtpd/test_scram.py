"""AUTH SCRAM-SHA-256 and -PLUS over real TLS, on the real service. RFC 4954 §4, RFC 5802 §5."""

from pathlib import Path

import pytest
from tests.support import scram
from tests.support.builders import DOCTOR
from tests.support.smtp_door import Client, a_door_on
from tests.support.world import a_world

PASSWORD = "correct horse"


async def challenge(client: Client) -> bytes:
    line = await client.line()
    assert line.startswith(b"334 "), line
    return line[4:]


@pytest.mark.parametrize("plus", [True, False])
async def test_it_signs_in_over_tls(plus: bool, tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await world.bal(DOCTOR, password=PASSWORD)
        async with (
            a_door_on(world.authentication, world.submissions) as opened,
            opened.client(tls=True) as client,
        ):
            await client.reply()
            offered = await client.ask(b"EHLO here\r\n")
            assert b"AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN" in offered
            await client.say(f"AUTH {scram.PLUS if plus else 'scram-sha-256'}\r\n".encode())
            assert await challenge(client) == b"\r\n"
            seen = scram.end_point(client.writer) if plus else None
            await scram.sign_in(client.say, lambda: challenge(client), DOCTOR, PASSWORD, seen)
            assert (await client.line()).startswith(b"235 ")
            assert (await client.ask(f"MAIL FROM:<{DOCTOR}>\r\n".encode())).startswith(b"250 ")


async def test_a_wrong_proof_is_refused(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await world.bal(DOCTOR, password=PASSWORD)
        async with (
            a_door_on(world.authentication, world.submissions) as opened,
            opened.client(tls=True) as client,
        ):
            await client.reply()
            await client.ask(b"EHLO here\r\n")
            await client.say(b"AUTH SCRAM-SHA-256\r\n")
            await challenge(client)
            with pytest.raises(AssertionError, match=r"535-5\.7\.8"):
                await scram.sign_in(client.say, lambda: challenge(client), DOCTOR, "wrong", None)
