"""One account has ten thousand messages wait: it has as many as it may, and nobody else notices. RFC 4865."""

from base64 import b64encode
from pathlib import Path

from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR, a_policy
from tests.support.smtp_door import Client, OpenDoor, a_door_on
from tests.support.world import a_world

from vaguemestre.mail.bal import BalKind
from vaguemestre.policy.limits import Limits

PASSWORD = "correct horse"
MAY_WAIT = 20
FLOOD = 10_000


async def signed_in(client: Client, who: str) -> None:
    await client.reply()
    assert (await client.ask(b"EHLO pc\r\n")).startswith(b"250-")
    assert (await client.ask(b"AUTH PLAIN " + b64encode(f"\0{who}\0{PASSWORD}".encode()) + b"\r\n"))[
        :3
    ] == b"235"


async def sent(client: Client, who: str, name: str, hold: str = "") -> bytes:
    """The reply that decided."""
    reply = await client.ask(f"MAIL FROM:<{who}>{hold}\r\n".encode())
    if not reply.startswith(b"250"):
        return reply
    await client.ask(f"RCPT TO:<{CITIZEN}>\r\n".encode())
    await client.ask(b"DATA\r\n")
    return await client.ask(
        f"From: {who}\r\nTo: {CITIZEN}\r\nMessage-ID: <{name}>\r\n\r\nx\r\n.\r\n".encode()
    )


async def flood(opened: OpenDoor) -> list[bytes]:
    """As many as are let in; then all the rest at once, and every reply to them."""
    async with opened.client(tls=True) as client:
        await signed_in(client, DOCTOR)
        for number in range(MAY_WAIT):
            assert (await sent(client, DOCTOR, f"{number}@flood", " HOLDFOR=3600")).startswith(b"250 ")
        assert (await sent(client, DOCTOR, "more@flood", " HOLDFOR=3600")).startswith(
            b"451-4.7.1 [MSS-HLD-2]"
        )
        await client.say(f"MAIL FROM:<{DOCTOR}> HOLDFOR=3600\r\n".encode() * FLOOD)
        return (await client.rest()).splitlines()


async def test_who_has_too_many_messages_wait_is_sent_away_and_the_others_are_served(tmp_path: Path) -> None:
    async with a_world(tmp_path, a_policy(limits=Limits(held=MAY_WAIT))) as world:
        await world.bal(DOCTOR, password=PASSWORD)
        await world.bal(OTHER_DOCTOR, password=PASSWORD)
        citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
        async with a_door_on(world.authentication, world.submissions) as opened:
            said = await flood(opened)
            assert said[-1].startswith(b"421 ")
            assert sum(line.startswith(b"451 4.7.1 ") for line in said) <= 101
            async with opened.client(tls=True) as client:
                await signed_in(client, OTHER_DOCTOR)
                assert (await sent(client, OTHER_DOCTOR, "1@other")).startswith(b"250 ")
                assert (await sent(client, OTHER_DOCTOR, "2@other", " HOLDFOR=60")).startswith(b"250 ")
            async with opened.client(tls=True) as client:
                await signed_in(client, DOCTOR)
                assert (await sent(client, DOCTOR, "now@flood")).startswith(b"250 ")
        assert len(await world.held.waiting()) == MAY_WAIT + 1
        assert len(await world.inbox(citizen)) == 2
        world.clock.pass_(hours=1)
        while await world.releases.run_once(7):
            pass
        assert len(await world.inbox(citizen)) == MAY_WAIT + 3
