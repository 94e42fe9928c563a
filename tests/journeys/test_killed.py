"""Killed in the middle of a load: what was answered 250 is there once, octet for octet. RFC 5321 §6.1."""

import asyncio
import re
import secrets
from base64 import b64encode
from collections import Counter
from pathlib import Path

from tests.support.journey import PASSWORD, PATIENCE, House, Server, a_server, pair
from tests.support.letters import a_letter
from tests.support.mail_clients import by_smtplib, imaplib_client, inbox

SENDERS = 8  # connections, each a doctor writing to his own citizen and, in copy, to one they share
SHARED = pair(SENDERS).citizen
ENOUGH = 120  # accepted before the blow falls
LARGE = b"%PDF-1.7\n" + bytes(range(256)) * 400  # every tenth message is an object of its own

_COUNTED = re.compile(rb"Message-ID: <(\d+\.\d+)@load>")


class Load:
    """What was sent, what was accepted, and the moment to strike."""

    def __init__(self) -> None:
        self.sent: dict[bytes, bytes] = {}
        self.accepted: dict[str, list[bytes]] = {}
        self.enough = asyncio.Event()

    def accept(self, recipient: str, name: bytes) -> None:
        self.accepted.setdefault(recipient, []).append(name)
        if sum(map(len, self.accepted.values())) >= ENOUGH:
            self.enough.set()


async def keep_sending(server: Server, load: Load, number: int) -> None:
    """Letter after letter over one connection until it breaks."""
    sender = pair(number).doctor
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
        plain = b64encode(f"\0{sender}\0{PASSWORD}".encode())
        assert (await ask(b"AUTH PLAIN " + plain + b"\r\n")).startswith(b"235 ")
        for rank in range(10_000):
            recipient = SHARED if rank % 2 else pair(number).citizen
            identifier = f"<{number}.{rank}@load>"
            pdf = (("cr.pdf", LARGE),) if rank % 10 == 0 else ()
            letter = a_letter(sender, recipient, message_id=identifier, attachments=pdf)
            name = f"{number}.{rank}".encode()
            load.sent[name] = letter
            await ask(f"MAIL FROM:<{sender}>\r\n".encode())
            await ask(f"RCPT TO:<{recipient}>\r\n".encode())
            assert (await ask(b"DATA\r\n")).startswith(b"354 ")
            reply = await ask(letter + b".\r\n")
            if not reply:
                return
            assert reply.startswith(b"250 "), reply
            load.accept(recipient, name)
    except ConnectionError:
        return
    except AssertionError:
        if server.process.poll() is None:  # a reply cut by the kill is no reply
            raise
    finally:
        writer.transport.abort()


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
            found = await asyncio.to_thread(inbox, server, who)
            assert sorted(found) == list(range(1, len(found) + 1))
            names = Counter[bytes]()
            for octets in found.values():
                identifier = _COUNTED.search(octets)
                assert identifier is not None
                names[identifier[1]] += 1
                assert octets.endswith(load.sent[identifier[1]])
            assert set(names.values()) <= {1}, "filed twice"
            assert set(load.accepted[who]) <= names.keys(), "accepted and lost"
            assert len(names) <= len(load.accepted[who]) + SENDERS  # at most one unanswered a connection
        for who, (validity, following) in before.items():
            count = len(await asyncio.to_thread(inbox, server, who))
            assert await asyncio.to_thread(numbers, server, who) == (validity, following + count)
        said = by_smtplib(server, pair(0).doctor, SHARED, a_letter(pair(0).doctor, SHARED))
        assert said.code == 250
        assert await asyncio.to_thread(server.stop) == 0
        assert "Traceback" not in server.log
