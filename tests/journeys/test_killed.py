"""Killed in the middle of a load: what was answered 250 is there once, octet for octet. RFC 5321 §6.1.

Then the clients send again whatever they saw no answer to, as they should, and one thing too many, as they
do: still everything is there once, and every sender who asked to be told was told once.
"""

import asyncio
import re
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.journey import PASSWORD, PATIENCE, House, Server, a_server, pair
from tests.support.letters import a_letter
from tests.support.mail_clients import aioimaplib_client, by_smtplib, imaplib_client, inbox

SENDERS = 8  # connections, each a doctor writing to his own citizen and, in copy, to one they share
SHARED = pair(SENDERS).citizen
ENOUGH = 120  # accepted before the blow falls
LARGE = b"%PDF-1.7\n" + bytes(range(256)) * 400  # every tenth message is an object of its own

_COUNTED = re.compile(rb"Message-ID: <(\d+\.\d+)@load>")
_TOLD = re.compile(rb"^Original-Envelope-Id: (\d+\.\d+)\r$", re.MULTILINE)
_EXISTS = re.compile(rb"(\d+) EXISTS")


class Load:
    """What was sent, what was accepted, and the moment to strike."""

    def __init__(self) -> None:
        self.sent: dict[bytes, bytes] = {}
        self.accepted: dict[str, list[bytes]] = {}
        self.replies: dict[bytes, bytes] = {}
        self.enough = asyncio.Event()

    def accept(self, recipient: str, name: bytes, reply: bytes) -> None:
        self.replies[name] = reply
        self.accepted.setdefault(recipient, []).append(name)
        if sum(map(len, self.accepted.values())) >= ENOUGH:
            self.enough.set()


@asynccontextmanager
async def signed_in(server: Server, who: str) -> AsyncIterator[Callable[[bytes], Awaitable[bytes]]]:
    """A connection: what asks, and gives the last line of the reply; empty when the connection broke."""
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.ports["submissions"], ssl=server.tls(), server_hostname="localhost"
    )

    async def ask(octets: bytes) -> bytes:
        writer.write(octets)
        line = await reader.readline()
        while line[3:4] == b"-":
            line = await reader.readline()
        return line

    try:
        await reader.readline()
        await ask(b"EHLO load\r\n")
        plain = b64encode(f"\0{who}\0{PASSWORD}".encode())
        assert (await ask(b"AUTH PLAIN " + plain + b"\r\n")).startswith(b"235 ")
        yield ask
    finally:
        writer.transport.abort()


def of(name: bytes) -> tuple[str, str, bool]:
    """Who sends it, to whom, and whether he asked to be told."""
    number, rank = map(int, name.split(b"."))
    return pair(number).doctor, SHARED if rank % 2 else pair(number).citizen, rank % 3 == 0


async def send(ask: Callable[[bytes], Awaitable[bytes]], load: Load, name: bytes) -> bytes:
    """One letter; the reply to it."""
    sender, recipient, to_be_told = of(name)
    await ask(f"MAIL FROM:<{sender}> RET=HDRS ENVID={name.decode()}\r\n".encode())
    wish = " NOTIFY=SUCCESS" if to_be_told else ""
    await ask(f"RCPT TO:<{recipient}>{wish}\r\n".encode())
    assert (await ask(b"DATA\r\n")).startswith(b"354 ")
    return await ask(load.sent[name] + b".\r\n")


async def keep_sending(server: Server, load: Load, number: int) -> None:
    """Letter after letter over one connection until it breaks."""
    try:
        async with signed_in(server, pair(number).doctor) as ask:
            for rank in range(10_000):
                name = f"{number}.{rank}".encode()
                sender, recipient, _ = of(name)
                pdf = (("cr.pdf", LARGE),) if rank % 10 == 0 else ()
                identifier = f"<{name.decode()}@load>"
                load.sent[name] = a_letter(sender, recipient, message_id=identifier, attachments=pdf)
                reply = await send(ask, load, name)
                if not reply:
                    return
                assert reply.startswith(b"250 "), reply
                load.accept(recipient, name, reply)
    except ConnectionError:
        return
    except AssertionError:
        if server.process.poll() is None:  # a reply cut by the kill is no reply
            raise


async def send_again(server: Server, load: Load, number: int) -> None:
    """What saw no answer, and the last that saw one: it is answered as it was."""
    mine = [name for name in load.sent if name.startswith(b"%d." % number)]
    answered = [name for name in mine if name in load.replies]
    async with signed_in(server, pair(number).doctor) as ask:
        for name in (name for name in mine if name not in load.replies):
            assert (await send(ask, load, name)).startswith(b"250 2.0.0 Accepted as ")
        for name in answered[-1:]:
            assert await send(ask, load, name) == load.replies[name]


async def until_there_are(server: Server, who: str, count: int) -> None:
    """Wait until an INBOX holds so many."""
    client = await aioimaplib_client(server, who)
    while True:
        selected = await client.select("INBOX")
        (found,) = (int(match[1]) for line in selected.lines if (match := _EXISTS.match(bytes(line))))
        if found >= count:
            break
        idling = await client.idle_start(timeout=PATIENCE)
        await client.wait_server_push(PATIENCE)
        client.idle_done()
        await asyncio.wait_for(idling, PATIENCE)
    await client.logout()


async def half_a_letter(server: Server, writer: asyncio.StreamWriter, reader: asyncio.StreamReader) -> None:
    """DATA without end, until some of it lies in the spool."""
    who = pair(SENDERS + 1)
    plain = b64encode(f"\0{who.doctor}\0{PASSWORD}".encode()).decode()
    envelope = (f"MAIL FROM:<{who.doctor}>", f"RCPT TO:<{who.citizen}>", "DATA")
    for command in ("EHLO half", f"AUTH PLAIN {plain}", *envelope):
        writer.write(f"{command}\r\n".encode())
    while not (await reader.readline()).startswith(b"354 "):
        pass
    writer.write(b"Subject: x\r\n\r\n")
    while not spooled(server.house):
        writer.write(secrets.token_hex(400).encode() + b"\r\n")  # never twice: it must not shrink
        await writer.drain()
        await asyncio.sleep(0)


def spooled(house: House) -> list[Path]:
    """What lies in the spool, and is not empty."""
    return [path for path in house.folder.glob("spool/*/*") if path.stat().st_size]


async def load_then_kill(server: Server) -> Load:
    load = Load()
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", server.ports["submissions"], ssl=server.tls(), server_hostname="localhost"
    )
    async with asyncio.timeout(PATIENCE):
        await half_a_letter(server, writer, reader)
        async with asyncio.TaskGroup() as tasks:
            for number in range(SENDERS):
                tasks.create_task(keep_sending(server, load, number))
            await load.enough.wait()
            await until_there_are(server, pair(0).doctor, 1)  # so that it strikes while senders are told
            server.kill()
    writer.transport.abort()
    return load


def numbers(server: Server, who: str) -> tuple[int, int]:
    """UIDVALIDITY and UIDNEXT of INBOX."""
    with imaplib_client(server, who) as client:
        _, told = client.status("INBOX", "(UIDVALIDITY UIDNEXT)")
        found = re.search(rb"UIDVALIDITY (\d+) UIDNEXT (\d+)", told[0] or b"")
        assert found is not None, told
        return int(found[1]), int(found[2])


async def names_in(server: Server, who: str, load: Load) -> list[bytes]:
    """What letters somebody has: each once and octet for octet."""
    found = await asyncio.to_thread(inbox, server, who)
    assert sorted(found) == list(range(1, len(found) + 1))
    names = []
    for octets in found.values():
        identifier = _COUNTED.search(octets)
        assert identifier is not None
        names.append(identifier[1])
        assert octets.endswith(load.sent[identifier[1]])
    assert len(set(names)) == len(names), "filed twice"
    return names


async def all_told_once(server: Server, load: Load, number: int) -> None:
    """A doctor has a report of each letter of which he asked for one, and of no other."""
    asked = sorted(name for name in load.sent if name.startswith(b"%d." % number) and of(name)[2])
    doctor = pair(number).doctor
    await until_there_are(server, doctor, len(asked))
    reports = (await asyncio.to_thread(inbox, server, doctor)).values()
    assert sorted(match[1] for octets in reports if (match := _TOLD.search(octets))) == asked


async def test_a_server_killed_under_load_keeps_what_it_accepted_once(house: House) -> None:
    recipients = [pair(number).citizen for number in range(SENDERS)] + [SHARED]
    with a_server(house) as server:
        before = {who: await asyncio.to_thread(numbers, server, who) for who in (recipients[0], SHARED)}
        load = await load_then_kill(server)
    assert sum(map(len, load.accepted.values())) >= ENOUGH
    assert spooled(house)
    with a_server(house) as server:
        assert not spooled(house)
        assert await asyncio.to_thread(inbox, server, pair(SENDERS + 1).citizen) == {}
        for who in recipients:
            names = await names_in(server, who, load)
            assert set(load.accepted[who]) <= set(names), "accepted and lost"
            assert len(names) <= len(load.accepted[who]) + SENDERS  # at most one unanswered a connection
        for who, (validity, following) in before.items():
            count = len(await asyncio.to_thread(inbox, server, who))
            assert await asyncio.to_thread(numbers, server, who) == (validity, following + count)
        for number in range(SENDERS):
            await send_again(server, load, number)
        found = [name for who in recipients for name in await names_in(server, who, load)]
        assert sorted(found) == sorted(load.sent)
        for number in range(SENDERS):
            await all_told_once(server, load, number)
        said = by_smtplib(server, pair(0).doctor, SHARED, a_letter(pair(0).doctor, SHARED))
        assert said.code == 250
        assert await asyncio.to_thread(server.stop) == 0
        assert "Traceback" not in server.log
