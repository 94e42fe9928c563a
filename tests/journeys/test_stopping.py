"""SIGTERM while clients are in every kind of middle: each is told, and the server is gone in seconds."""

import asyncio
import time
from base64 import b64encode

from tests.support.imap_door import Client
from tests.support.journey import PASSWORD, PATIENCE, House, Server, a_server, pair

DOCTOR, CITIZEN = pair(0).doctor, pair(0).citizen
SOON = 15.0  # seconds: what clients are given, and a machine that does other things too


async def connect(server: Server, listener: str) -> Client:
    tls = server.tls() if listener.endswith("s") else None
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.ports[listener], ssl=tls, server_hostname="localhost" if tls else None
    )
    client = Client(reader, writer)
    await client.line()
    return client


async def idling(server: Server) -> Client:
    client = await connect(server, "imaps")
    await client.ask(f'LOGIN {CITIZEN} "{PASSWORD}"')
    await client.ask("SELECT INBOX")
    await client.say(b"i IDLE\r\n")
    assert (await client.line()).startswith(b"+ ")
    return client


async def appending(server: Server) -> Client:
    client = await connect(server, "imaps")
    await client.ask(f'LOGIN {CITIZEN} "{PASSWORD}"')
    await client.say(b"a APPEND Drafts {100000}\r\n")
    assert (await client.line()).startswith(b"+ ")
    await client.say(b"Subject: x\r\n\r\n" * 100)
    return client


async def submitting(server: Server, octets: bytes) -> Client:
    client = await connect(server, "submissions")
    plain = b64encode(f"\0{DOCTOR}\0{PASSWORD}".encode()).decode()
    steps = ("EHLO x", f"AUTH PLAIN {plain}", f"MAIL FROM:<{DOCTOR}>", f"RCPT TO:<{CITIZEN}>", "DATA")
    for step in steps:
        await client.say(f"{step}\r\n".encode())
    await client.until(b"354 ")
    await client.say(octets)
    return client


async def test_everybody_is_told_and_the_server_is_gone_within_seconds(house: House) -> None:
    with a_server(house) as server:
        waiting = await asyncio.gather(*(idling(server) for _ in range(20)))
        literal = await appending(server)
        silent = [await connect(server, listener) for listener in ("imap", "submission")]
        data = await submitting(server, b"Subject: x\r\n\r\nnever ended\r\n" * 50)
        half_tls = await connect(server, "imap")
        assert b" OK " in (await half_tls.ask("STARTTLS"))[-1]  # and no handshake comes
        deaf = await connect(server, "imap")
        await deaf.say(b"x NOOP\r\n" * 2_000)  # and never reads an answer
        began = time.monotonic()
        server.process.terminate()
        for client in [*waiting, literal, silent[0]]:
            assert b"* BYE " in await client.rest()
        for client in (silent[1], data):  # the second is given a few seconds to end its message
            assert (await client.rest()).startswith(b"421-4.3.2 ")
        status = await asyncio.to_thread(server.process.wait, PATIENCE)
        assert time.monotonic() - began < SOON
        for client in [*waiting, literal, *silent, data, half_tls, deaf]:
            client.leave()
    assert status == 0
    assert "server_stopped" in server.log
    assert "Traceback" not in server.log
