"""Another operator's server, on a real socket with real TLS, whose answers tests choose."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.operator_tls import Hands, health_pki, operator_tls
from tests.support.relay_door import TrustInMemory

from vaguemestre.net.health_pki import HealthPki
from vaguemestre.net.operators import OperatorTls
from vaguemestre.service.trust.subjects import subject_of
from vaguemestre.smtp.data import DataReader
from vaguemestre.transport.dialling import Dialling, Shown
from vaguemestre.transport.routes import Routes, Server

THEIRS = "hopital.example"
PIPELINED = ("PIPELINING", "SIZE 10000000", "8BITMIME", "SMTPUTF8", "CHUNKING", "REQUIRETLS")


@dataclass
class Taken:
    """One message as it was taken over."""

    mail: str
    recipients: list[str]
    octets: bytes


@dataclass
class OtherOperator:
    """``final`` may return None: the connection is cut, without a word.

    ``cuts_at``: it is cut when so many octets of a message were read. ``dies``: after each 250 to a message.
    ``hangs``: what was sent is read to its end, and nothing is said of it until this is set. ``silent`` the
    same of the greeting; ``met`` is set by the first connection.
    """

    port: int = 0
    extensions: tuple[str, ...] = PIPELINED
    greeting: str = "220 peer"
    mail: Callable[[str], str] = lambda _: "250 ok"
    rcpt: Callable[[str], str] = lambda _: "250 2.1.5 ok"
    final: Callable[[bytes], str | None] = lambda _: "250 2.0.0 taken"
    offers_tls: bool = True
    injects: bytes = b""
    taken: list[Taken] = field(default_factory=list)
    connections: int = 0
    greeted: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    reads: int = 0
    tls: ssl.SSLContext | None = None
    silent: asyncio.Event | None = None
    cuts_at: int | None = None
    dies: bool = False
    hangs: asyncio.Event | None = None
    met: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.met.set()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)
        self.at_once -= 1
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.silent is not None:
            await self.silent.wait()
        await _say(writer, self.greeting)
        is_secure, said, recipients = False, "", list[str]()
        while line := (await reader.readline()).decode().rstrip("\r\n"):
            verb = line[:4].upper()
            if verb == "EHLO":
                self.greeted.append(line.partition(" ")[2])
                offered = self.extensions if is_secure else (("STARTTLS",) if self.offers_tls else ())
                lines = ["peer", *offered]
                for number, one in enumerate(lines, 1):
                    await _say(writer, f"250{' ' if number == len(lines) else '-'}{one}")
            elif verb == "STAR":
                writer.write(b"220 go\r\n" + self.injects)
                await writer.drain()
                assert self.tls is not None
                await writer.start_tls(self.tls)
                is_secure = True
            elif verb == "MAIL":
                said, recipients = line, []
                await _say(writer, self.mail(line))
            elif verb == "RCPT":
                answer = self.rcpt(line)
                if answer.startswith("2"):
                    recipients.append(line)
                await _say(writer, answer)
            elif verb == "BDAT":
                if self.cuts_at is not None:
                    await reader.readexactly(self.cuts_at)
                    return
                octets = await reader.readexactly(int(line.split()[1]))
                if not await self._end(writer, said, recipients, octets):
                    return
            elif verb == "DATA":
                await _say(writer, "354 go" if recipients else "554 nobody")
                if not recipients:
                    continue
                if self.cuts_at is not None:
                    await reader.readexactly(self.cuts_at)
                    return
                data, octets = DataReader(), b""
                while not data.ended:
                    line_of_it = await reader.readline()
                    if not line_of_it:
                        return
                    octets += data.feed(line_of_it)
                if not await self._end(writer, said, recipients, octets):
                    return
            elif verb == "QUIT":
                return
            else:
                await _say(writer, "250 ok")

    async def _end(
        self, writer: asyncio.StreamWriter, said: str, recipients: list[str], octets: bytes
    ) -> bool:
        answer = self.final(octets) if recipients else "503 nobody"
        if self.hangs is not None:
            await self.hangs.wait()
        if answer is None:
            return False
        if answer.startswith("2"):
            self.taken.append(Taken(said, list(recipients), octets))
        await _say(writer, answer)
        return not self.dies and not answer.startswith("421")


async def _say(writer: asyncio.StreamWriter, line: str) -> None:
    writer.write(f"{line}\r\n".encode())
    await writer.drain()


@asynccontextmanager
async def another_operator(
    folder: Path, name: str = "citizen-operator", pki_folder: str = "peer"
) -> AsyncIterator[OtherOperator]:
    """Up on a port of its own; ``name`` is which certificate of the health PKI it shows."""
    operator = OtherOperator()
    tls = operator_tls(health_pki(), folder / pki_folder, Hands(), name)
    await tls.lists.run_once(1)
    operator.tls = tls.server
    server = await asyncio.start_server(operator.serve, "127.0.0.1", 0)
    operator.port = server.sockets[0].getsockname()[1]
    try:
        yield operator
    finally:
        server.close()


async def our_tls(folder: Path) -> OperatorTls:
    """What we show, and whom we believe."""
    tls = operator_tls(health_pki(), folder / "ours", Hands(), "operator")
    await tls.lists.run_once(1)
    return tls


def a_trust(**listed: str) -> TrustInMemory:
    """``domain → certificate``, dots of the domain written as underscores."""
    return trust_of(health_pki(), {name.replace("_", "."): shown for name, shown in listed.items()})


def trust_of(pki: HealthPki, listed: Mapping[str, str]) -> TrustInMemory:
    """``domain → certificate``, of any PKI."""
    trust = TrustInMemory()
    for domain, name in listed.items():
        subject = subject_of(pki.shown(name).read)
        trust.listed[subject.key] = trust.listed.get(subject.key, frozenset()) | {domain}
    return trust


def a_dialling(tls: OperatorTls, trust: TrustInMemory, **ports: int) -> Dialling:
    """Routes to ports of this machine, domains written as above."""
    static = {name.replace("_", "."): Server("127.0.0.1", port) for name, port in ports.items()}
    return Dialling(Routes(static), Shown(tls.client, tls.verified, trust), "us.example")
