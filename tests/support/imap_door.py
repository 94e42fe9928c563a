"""An IMAP door on real sockets, over a real store and vault, and a client that says what it is told."""

import asyncio
import re
import ssl
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tests.support.builders import CITIZEN, DOCTOR
from tests.support.world import World, a_world

from vaguemestre.imapd.door import ImapDoor
from vaguemestre.imapd.limits import ImapLimits
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.net.development_pki import DevelopmentPki, make_development_pki
from vaguemestre.net.tls import server_context
from vaguemestre.service.mailboxes.keeping import Mailboxes

PASSWORD = "correct horse"
PATIENCE = 20.0  # seconds until a test that waits for nothing is given up
MAX_MESSAGE = 1_000_000
QUIET = replace(ImapLimits(), progress_every=3600.0)  # on a slow day too, answers are what tests expect

_LITERAL = re.compile(rb"\{([0-9]+)\}\r\n\Z")


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
        self._tags = 0
        self._deflater: zlib._Compress | None = None
        self._inflater: zlib._Decompress | None = None
        self._inflated = b""

    async def say(self, *pieces: bytes) -> None:
        """Send octets as they are."""
        for piece in pieces:
            self.writer.write(piece if self._deflater is None else self._deflated(piece))
        await asyncio.wait_for(self.writer.drain(), PATIENCE)

    async def line(self) -> bytes:
        """The next line, CRLF included; empty at the end."""
        if self._inflater is not None:
            while b"\n" not in self._inflated and await self._inflate():
                pass
            line, end, self._inflated = self._inflated.partition(b"\n")
            return line + end
        return await asyncio.wait_for(self.reader.readline(), PATIENCE)

    async def exactly(self, octets: int) -> bytes:
        """So many octets."""
        return await asyncio.wait_for(self.reader.readexactly(octets), PATIENCE)

    async def ask(self, command: str | bytes) -> list[bytes]:
        """Give a command; every line until its tagged response, that one included."""
        self._tags += 1
        tag = b"t%d" % self._tags
        await self.say(tag, b" ", command.encode() if isinstance(command, str) else command, b"\r\n")
        return await self.until(tag + b" ")

    async def response(self) -> bytes:
        """The next response whole: a line and the literals it announces, counted and not looked into."""
        octets = line = await self.line()
        while announced := _LITERAL.search(line):
            octets += await self.exactly(int(announced[1]))
            line = await self.line()
            octets += line
        return octets

    async def responses(self, command: str) -> list[bytes]:
        """Give a command; every response until its tagged one, that one included, whatever literals hold."""
        self._tags += 1
        tag = b"t%d " % self._tags
        await self.say(tag, command.encode(), b"\r\n")
        responses = [await self.response()]
        while not responses[-1].startswith(tag):
            assert responses[-1], f"closed: {responses}"
            responses.append(await self.response())
        return responses

    async def until(self, start: bytes) -> list[bytes]:
        """Every line until one that starts so, that one included."""
        lines = [await self.line()]
        while not lines[-1].startswith(start):
            assert lines[-1], f"closed before {start!r}: {lines}"
            lines.append(await self.line())
        return lines

    async def rest(self) -> bytes:
        """Everything until the server closes."""
        if self._inflater is not None:
            while await self._inflate():
                pass
            return self._inflated
        return await asyncio.wait_for(self.reader.read(-1), PATIENCE)

    def start_deflate(self) -> None:
        """After OK to COMPRESS."""
        self._deflater = zlib.compressobj(wbits=-15)
        self._inflater = zlib.decompressobj(-15)

    def _deflated(self, octets: bytes) -> bytes:
        assert self._deflater is not None
        return self._deflater.compress(octets) + self._deflater.flush(zlib.Z_SYNC_FLUSH)

    async def _inflate(self) -> bool:
        """Read some more; False at the end."""
        assert self._inflater is not None
        octets = await asyncio.wait_for(self.reader.read(65536), PATIENCE)
        self._inflated += self._inflater.decompress(octets)
        return bool(octets)

    async def start_tls(self) -> None:
        """After OK to STARTTLS."""
        await asyncio.wait_for(self.writer.start_tls(client_context(), server_hostname="localhost"), PATIENCE)

    async def sign_in(self, who: str = DOCTOR) -> None:
        """Greeting, LOGIN."""
        assert (await self.line()).startswith(b"* OK ")
        assert b" OK [CAPABILITY " in (await self.ask(f'LOGIN {who} "{PASSWORD}"'))[-1]

    async def append(self, mailbox: str, octets: bytes, flags: str = "") -> bytes:
        """APPEND with a literal that does not wait; the tagged response."""
        return (await self.ask(f"APPEND {mailbox} {flags}{{{len(octets)}+}}\r\n".encode() + octets))[-1]

    def leave(self) -> None:
        """Without a word."""
        self.writer.transport.abort()


@dataclass
class OpenDoor:
    """A door with its two listeners, what is behind it, and two account holders."""

    door: ImapDoor
    port: int
    tls_port: int
    world: World
    mailboxes: Mailboxes
    doctor: Bal
    citizen: Bal

    @asynccontextmanager
    async def client(self, tls: bool = False, signed_in: str | None = None) -> AsyncIterator[Client]:
        """Connect, and sign in when an address is given; leave at the end."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1",
            self.tls_port if tls else self.port,
            ssl=client_context() if tls else None,
            server_hostname="localhost" if tls else None,
            limit=2**22,
        )
        client = Client(reader, writer)
        try:
            if signed_in is not None:
                await client.sign_in(signed_in)
            yield client
        finally:
            writer.transport.abort()


@asynccontextmanager
async def an_open_door(
    folder: Path, *, require_tls: bool = False, limits: ImapLimits | None = None, quota: int = 0
) -> AsyncIterator[OpenDoor]:
    """A door that lets this machine sign in in clear, unless told otherwise."""
    async with a_world(folder) as world:
        doctor = await world.bal(DOCTOR, password=PASSWORD)
        citizen = await world.bal(CITIZEN, BalKind.CITIZEN, password=PASSWORD)
        mailboxes = Mailboxes(world.store, world.vault, world.clock, MAX_MESSAGE)
        context = server_context(pki().certificate, pki().key)
        door = ImapDoor(world.authentication, mailboxes, world.clock, context, require_tls, limits or QUIET)
        server = await door.listen("127.0.0.1", 0, implicit_tls=False)
        tls_server = await door.listen("127.0.0.1", 0, implicit_tls=True)
        port, tls_port = (s.sockets[0].getsockname()[1] for s in (server, tls_server))
        try:
            yield OpenDoor(door, port, tls_port, world, mailboxes, doctor, citizen)
        finally:
            await door.close()
