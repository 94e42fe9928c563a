"""Connections that wait: what a thousand of them cost, and how soon one of them is told."""

import asyncio
import ssl
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from benchmarks.load import Connection, Order
from benchmarks.servers import PASSWORD, PEOPLE, Server, people, recipient

_AT_ONCE = 20  # connections opened together: the server is not being measured for that


class Waiting:
    """One IMAP connection, signed in, INBOX selected, in IDLE."""

    def __init__(self, port: int, address: str) -> None:
        self._port = port
        self._address = address

    async def open(self, tls: bool) -> None:
        """Up to ``+ idling``."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        await self._reader.readline()
        if tls:
            await self._run("STARTTLS")
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            await self._writer.start_tls(context)
        await self._run(f'LOGIN "{self._address}" "{PASSWORD}"')
        await self._run("SELECT INBOX")
        self._writer.write(b"i IDLE\r\n")
        await self._until(b"+")

    async def told(self, mark: bytes) -> float:
        """The moment at which the next line came that holds this: EXISTS, EXPUNGE, FETCH."""
        await self._until(mark)
        return time.perf_counter()

    def close(self) -> None:
        """Just go."""
        self._writer.close()

    async def _run(self, command: str) -> None:
        self._writer.write(f"t {command}\r\n".encode())
        await self._until(b"t OK")

    async def _until(self, mark: bytes) -> None:
        async with asyncio.timeout(60):
            while mark not in (line := await self._reader.readline()):
                if not line:
                    raise RuntimeError("the server closed the connection")


@asynccontextmanager
async def open_idle(port: int, count: int, tls: bool) -> AsyncIterator[None]:
    """So many idle connections, spread over the citizens' mailboxes."""
    waiting = [Waiting(port, recipient(number % PEOPLE)) for number in range(count)]
    for start in range(0, count, _AT_ONCE):
        await asyncio.gather(*(one.open(tls) for one in waiting[start : start + _AT_ONCE]))
    await asyncio.sleep(1)
    try:
        yield
    finally:
        for one in waiting:
            one.close()
        await asyncio.sleep(1)


async def time_to_exists(server: Server, rounds: int) -> float:
    """Milliseconds, the median: the message's last octet is written, the idle reader sees EXISTS."""
    sender, _, to = people()[0]
    waiting = Waiting(server.imap, to)
    await waiting.open(tls=False)
    authenticate = server.name == "Vaguemestre"
    order = Order(server.smtp, people(), 1, rounds, 2_000, authenticate=authenticate)
    client = Connection(order, sender, PASSWORD)
    await client.open()
    times = []
    for number in range(rounds):
        start = time.perf_counter()
        told = asyncio.create_task(waiting.told(b"EXISTS"))
        await client.send(number, to)
        times.append((await told - start) * 1000)
        await asyncio.sleep(0.6)  # past the peer's own period of looking for changes
    await client.close()
    waiting.close()
    return statistics.median(times)
