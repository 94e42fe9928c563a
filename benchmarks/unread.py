"""Clients that ask for everything and read nothing: what each of them costs the server in memory."""

import asyncio
import time

from benchmarks import letters
from benchmarks.peers import Shape
from benchmarks.reading import Imap
from benchmarks.servers import PASSWORD, Server, recipient
from benchmarks.workshop import Figure, Tally, Workshop

_CLIENTS = 20
_EVERYTHING = "UID FETCH 1:* BODY.PEEK[]"
_NAME = "memory of a client that reads nothing of the 20 MB it asked for"


async def unread(workshop: Workshop) -> list[Figure]:
    """KiB that such a client adds to a connection whose mailbox is open."""
    tally = Tally("KiB", more_is_better=False)
    async with workshop.readers(Shape()) as servers:
        for server in servers:
            tally.add(server, _NAME, await asyncio.to_thread(_added, server, workshop.count(10_000)))
    return tally.figures({_NAME: "one buffer"})


def _added(server: Server, count: int) -> float:
    letters.fill(server, recipient(0), count)
    clients = [Imap(server.imap, recipient(0), PASSWORD) for _ in range(_CLIENTS)]
    for client in clients:
        client.run("SELECT INBOX")
    clients[0].run(_EVERYTHING)  # what the first such fetch makes once and for all is not theirs
    before = _settled(server)
    for client in clients:
        client.begin(_EVERYTHING.encode())
    added = (_settled(server) - before) / len(clients) / 1024
    # They were not forgotten: whoever reads at last is given everything.
    if letters.letter(count - 1, count, recipient(0)) not in clients[-1].finish(_EVERYTHING):
        raise RuntimeError(f"{server.name}: the last letter never came")
    for client in clients:
        client.close()
    return added


def _settled(server: Server) -> int:
    """Octets in memory, once they have been the same for two seconds, of twenty at most."""
    held, since, until = server.resident(), time.monotonic(), time.monotonic() + 20
    while time.monotonic() < min(since + 2, until):
        time.sleep(0.2)
        now = server.resident()
        if abs(now - held) > 256 * 1024:
            held, since = now, time.monotonic()
    return held
