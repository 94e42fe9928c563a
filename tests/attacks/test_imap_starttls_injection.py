"""What is sent in clear after STARTTLS, by whomever, is never obeyed. RFC 9051 §6.2.1."""

from tests.support.imap_door import OpenDoor


async def test_a_command_sent_ahead_of_the_handshake_is_forgotten(opened: OpenDoor) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"a STARTTLS\r\nb NOOP\r\nc LOGIN claire x\r\n")
        assert await client.line() == b"a OK Begin TLS now\r\n"
        await client.start_tls()
        assert await client.ask("NOOP") == [b"t1 OK Completed\r\n"]


async def test_half_a_command_sent_ahead_is_forgotten_too(opened: OpenDoor) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"a STARTTLS\r\nb NO")
        assert await client.line() == b"a OK Begin TLS now\r\n"
        await client.start_tls()
        assert await client.ask("NOOP") == [b"t1 OK Completed\r\n"]


async def test_a_client_that_goes_on_in_clear_is_hung_up_on_and_forgotten(opened: OpenDoor) -> None:
    async with opened.client() as client:
        await client.line()
        await client.say(b"a STARTTLS\r\n")
        assert await client.line() == b"a OK Begin TLS now\r\n"
        await client.say(b"b LOGIN claire x\r\n")
        assert b"OK" not in await client.rest()
    async with opened.client() as other:
        assert (await other.line()).startswith(b"* OK ")
        assert opened.door.connected == 1
