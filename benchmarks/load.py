"""The load: many connections submit messages over real SMTP, each waiting for its reply before the next.

Runs as a process of its own, ``python -m benchmarks.load``, reading its orders from standard input and
writing what it measured to standard output, both as JSON, so that the client's work never sits in the
server's process. MAIL, RCPT and DATA go together when the server offers PIPELINING (RFC 2920).
"""

import asyncio
import base64
import json
import random
import ssl
import sys
import time
from dataclasses import asdict, dataclass, field
from functools import cache

from benchmarks.servers import in_a_process

_OCTETS_A_LINE = 57  # of base64
_LINE = 78  # octets, its end included
_PRIME = 7919
_PATIENCE = 120.0  # seconds for one reply: slower than that is broken, not slow


@dataclass(frozen=True, slots=True)
class Order:
    """What to send. ``people`` are (address, password, recipient), one a connection, in turn.

    Messages are numbered from ``first``: the same number is the same message, which is filed once.
    """

    port: int
    people: list[tuple[str, str, str]]
    connections: int
    messages: int
    size: int
    starttls: bool = False
    authenticate: bool = True
    first: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds from the first octet to the last reply, and each message's own time in seconds."""

    seconds: float
    latencies: list[float] = field(default_factory=list)


def the_message(number: int, sender: str, recipient: str, size: int) -> bytes:
    """The octets of one message, the same for every server; large ones carry a base64 attachment."""
    head = (
        f"From: {sender}\r\nTo: {recipient}\r\nSubject: essai {number:08d}\r\n"
        f"Message-ID: <{number:08d}.{sender}>\r\nDate: Sun, 22 Nov 2026 12:00:00 +0000\r\n"
        "MIME-Version: 1.0\r\n"
    ).encode()
    line = f"Ligne de texte numero {number:08d} d'un courrier ordinaire, ni vide ni longue.\r\n".encode()
    if size <= 10_000:
        body = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + line * max(
            1, (size - len(head)) // len(line)
        )
        return head + body
    first, rest = _pdf_in_base64(size)
    turn = number * _PRIME * _LINE % len(rest)
    pdf = first + rest[turn:] + rest[:turn]
    return (
        head
        + b'Content-Type: multipart/mixed; boundary="=_b"\r\n\r\n--=_b\r\nContent-Type: text/plain\r\n\r\n'
        + line
        + b'--=_b\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n'
        b'Content-Disposition: attachment; filename="a.pdf"\r\n\r\n'
        + pdf[: size - len(head) - 300].rpartition(b"\r\n")[0]
        + b"\r\n--=_b--\r\n"
    )


@cache
def _pdf_in_base64(size: int) -> tuple[bytes, bytes]:
    """Its first line, and the others, in whose order messages differ.

    A real PDF does not compress: random octets. To make a megabyte of them for each message took 5 ms of one
    of the two cores that the servers are measured on.
    """
    octets = b"%PDF-1.4\n" + random.Random(size).randbytes(size)  # noqa: S311 (content, not a secret)
    whole = len(octets) // _OCTETS_A_LINE * _OCTETS_A_LINE
    lines = base64.encodebytes(octets[:whole]).replace(b"\n", b"\r\n")
    return lines[:_LINE], lines[_LINE:]


class Connection:
    """One client."""

    def __init__(self, order: Order, sender: str, password: str) -> None:
        self._order = order
        self._sender = sender
        self._password = password

    async def open(self) -> None:
        """Connect, STARTTLS and AUTH as ordered; none of it is measured."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._order.port, limit=2**20)
        await self._expect("220")
        keywords = await self._say("EHLO bench.example", "250")
        if self._order.starttls:
            await self._say("STARTTLS", "220")
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            await self._writer.start_tls(context)
            keywords = await self._say("EHLO bench.example", "250")
        if self._order.authenticate:
            proof = base64.b64encode(f"\0{self._sender}\0{self._password}".encode()).decode()
            await self._say(f"AUTH PLAIN {proof}", "235")
        self._pipelining = "PIPELINING" in keywords

    async def send(self, number: int, recipient: str) -> float:
        """One message; the seconds it took."""
        octets = the_message(number, self._sender, recipient, self._order.size)
        commands = [
            (f"MAIL FROM:<{self._sender}>", "250"),
            (f"RCPT TO:<{recipient}>", "250"),
            ("DATA", "354"),
        ]
        start = time.perf_counter()
        if self._pipelining:
            self._writer.write("".join(f"{command}\r\n" for command, _ in commands).encode())
            for _, code in commands:
                await self._expect(code)
        else:
            for command, code in commands:
                await self._say(command, code)
        self._writer.write(octets + b".\r\n")
        await self._writer.drain()
        await self._expect("250")
        return time.perf_counter() - start

    async def close(self) -> None:
        """Say goodbye."""
        await self._say("QUIT", "221")
        self._writer.close()

    async def _say(self, command: str, code: str) -> str:
        self._writer.write(f"{command}\r\n".encode())
        return await self._expect(code)

    async def _expect(self, code: str) -> str:
        said = []
        while True:
            line = (await asyncio.wait_for(self._reader.readline(), _PATIENCE)).decode(errors="replace")
            said.append(line)
            if not line.startswith(code):
                raise RuntimeError(f"expected {code}, was told {line!r}")
            if line[3:4] != "-":
                return "".join(said)


async def run(order: Order) -> Measured:
    """Send everything; every reply was the expected one, or RuntimeError."""
    people = [order.people[number % len(order.people)] for number in range(order.connections)]
    connections = [Connection(order, sender, password) for sender, password, _ in people]
    await asyncio.gather(*(connection.open() for connection in connections))
    latencies: list[float] = []

    async def work(index: int) -> None:
        recipient = people[index][2]
        for number in range(index, order.messages, order.connections):
            taken = await connections[index].send(order.first + number, recipient)
            latencies.append(taken)

    start = time.perf_counter()
    await asyncio.gather(*(work(index) for index in range(order.connections)))
    seconds = time.perf_counter() - start
    await asyncio.gather(*(connection.close() for connection in connections))
    return Measured(seconds, latencies)


async def ordered(order: Order) -> Measured:
    """Run the load in a process of its own."""
    out = await in_a_process("benchmarks.load", asdict(order))
    return Measured(**json.loads(out))


if __name__ == "__main__":
    json.dump(asdict(asyncio.run(run(Order(**json.load(sys.stdin))))), sys.stdout)
