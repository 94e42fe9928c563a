"""An SMTP door on real sockets of this machine, and a client that says exactly what it is told to."""

import asyncio
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.support.letterbox import CLAIRE, PASSWORD, Letterbox, Porter

from vaguemestre.net.development_pki import DevelopmentPki, make_development_pki
from vaguemestre.net.tls import server_context
from vaguemestre.smtpd.ports import Authentication, IncomingT, Submissions
from vaguemestre.smtpd.submission_door import SubmissionDoor
from vaguemestre.smtpd.terms import SmtpLimits

HOSTNAME = "mail.cabinet.mssante.fr"
PATIENCE = 20.0  # seconds until a test that waits for nothing is given up
AUTH = b"AUTH PLAIN " + b64encode(f"\0{CLAIRE}\0{PASSWORD}".encode()) + b"\r\n"


@cache
def pki() -> DevelopmentPki:
    """One authority for the whole run."""
    return make_development_pki(Path(mkdtemp(prefix="vaguemestre-tests-")) / "certs", datetime.now(UTC))


def client_context() -> ssl.SSLContext:
    """A client that trusts that authority and nobody else."""
    return ssl.create_default_context(cafile=str(pki().authority))


class Client:
    """A connection on which nothing is said by itself."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, *pieces: bytes) -> None:
        """Send octets as they are."""
        for piece in pieces:
            self.writer.write(piece)
        await asyncio.wait_for(self.writer.drain(), PATIENCE)

    async def line(self) -> bytes:
        """The next line, CRLF included; empty at the end."""
        return await asyncio.wait_for(self.reader.readline(), PATIENCE)

    async def reply(self) -> bytes:
        """One whole reply."""
        lines = [await self.line()]
        while lines[-1][3:4] == b"-":
            lines.append(await self.line())
        return b"".join(lines)

    async def ask(self, *pieces: bytes) -> bytes:
        """Send octets, give the reply."""
        await self.say(*pieces)
        return await self.reply()

    async def rest(self) -> bytes:
        """Everything until the server closes."""
        return await asyncio.wait_for(self.reader.read(-1), PATIENCE)

    async def start_tls(self, context: ssl.SSLContext | None = None) -> None:
        """After a 220 to STARTTLS; ``context`` shows a certificate, perhaps."""
        context = context or client_context()
        await asyncio.wait_for(self.writer.start_tls(context, server_hostname="localhost"), PATIENCE)

    async def sign_in(self) -> None:
        """Greeting, EHLO, AUTH."""
        assert (await self.reply()).startswith(b"220 ")
        assert (await self.ask(b"EHLO client.example\r\n")).startswith(b"250-")
        assert await self.ask(AUTH) == b"235 2.7.0 Signed in\r\n"

    async def begin_message(self) -> None:
        """Up to 354."""
        assert (await self.ask(f"MAIL FROM:<{CLAIRE}>\r\n".encode())).startswith(b"250 2.1.0 ")
        assert (await self.ask(b"RCPT TO:<paul@example.org>\r\n")).startswith(b"250 2.1.5 ")
        assert (await self.ask(b"DATA\r\n")).startswith(b"354 ")

    def leave(self) -> None:
        """Without a word."""
        self.writer.transport.abort()


@dataclass
class OpenDoor:
    """A door with its two listeners, and what is behind it."""

    door: SubmissionDoor
    port: int
    tls_port: int
    porter: Porter = field(default_factory=Porter)
    letterbox: Letterbox = field(default_factory=Letterbox)

    @asynccontextmanager
    async def client(self, tls: bool = False) -> AsyncIterator[Client]:
        """Connect; leave at the end."""
        context = client_context() if tls else None
        reader, writer = await asyncio.open_connection(
            "127.0.0.1",
            self.tls_port if tls else self.port,
            ssl=context,
            server_hostname="localhost" if tls else None,
            limit=2**20,
        )
        try:
            yield Client(reader, writer)
        finally:
            writer.transport.abort()


@asynccontextmanager
async def a_door_on(
    authentication: Authentication,
    submissions: Submissions[IncomingT],
    *,
    require_tls: bool = True,
    limits: SmtpLimits | None = None,
) -> AsyncIterator[OpenDoor]:
    """A door on any service, with its two listeners."""
    context = server_context(pki().certificate, pki().key)
    limits = limits or SmtpLimits(grace=2.0, timeout=PATIENCE)
    door = SubmissionDoor(authentication, submissions, context, require_tls, HOSTNAME, limits)
    server = await door.listen("127.0.0.1", 0, implicit_tls=False)
    tls_server = await door.listen("127.0.0.1", 0, implicit_tls=True)
    port, tls_port = (s.sockets[0].getsockname()[1] for s in (server, tls_server))
    try:
        yield OpenDoor(door, port, tls_port)
    finally:
        await door.close()


@asynccontextmanager
async def an_open_door(
    *,
    require_tls: bool = False,
    limits: SmtpLimits | None = None,
    letterbox: Letterbox | None = None,
) -> AsyncIterator[OpenDoor]:
    """A door on a letterbox, that lets this machine sign in in clear unless told otherwise."""
    porter, letterbox = Porter(), letterbox or Letterbox()
    async with a_door_on(porter, letterbox, require_tls=require_tls, limits=limits) as opened:
        yield replace(opened, porter=porter, letterbox=letterbox)
