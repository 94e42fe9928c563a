"""What is done with many messages at once: SELECT of a large mailbox, COPY and EXPUNGE of a thousand."""

import asyncio
import re
import time

from benchmarks import letters
from benchmarks.peers import Shape
from benchmarks.reading import Imap
from benchmarks.servers import PASSWORD, Server, recipient
from benchmarks.workshop import Figure, Tally, Workshop

_COUNT, _SOME = 10_000, 1_000
_ROUNDS = 5


async def handle(workshop: Workshop) -> list[Figure]:
    """Milliseconds of one command; five rounds, medians."""
    count = workshop.count(_COUNT)
    tally = Tally("ms", more_is_better=False)
    async with workshop.readers(Shape()) as servers:
        for server in servers:
            await asyncio.to_thread(letters.fill, server, recipient(0), count)
        for number in range(workshop.rounds(_ROUNDS)):
            for server in servers:
                await asyncio.to_thread(_round, server, number, count, tally)
    return tally.figures({})


def _round(server: Server, number: int, count: int, tally: Tally) -> None:
    some, copies = min(_SOME, count), f"copies{number}"
    with Imap(server.imap, recipient(0), PASSWORD) as imap:
        # Nobody has it open; then somebody has; a message before and after is what other sessions see.
        for moment in ("first", "again"):
            lines = _clocked(imap, "SELECT INBOX", tally, server, f"SELECT, {count:,} messages, {moment}")
            _check(server, b"* %d EXISTS" % count in b"".join(lines))
        imap.run(f"CREATE {copies}")
        _clocked(imap, f"UID COPY 1:{some} {copies}", tally, server, f"COPY of {some:,}")
        _check(server, imap.messages(copies) == some)
        imap.run(f"SELECT {copies}")
        last = imap.run(f"FETCH {some} (UID BODY.PEEK[])")
        _check(server, letters.letter(some - 1, count, recipient(0)) in last)
        imap.run("STORE 1:* +FLAGS.SILENT (\\Deleted)")
        lines = _clocked(imap, "EXPUNGE", tally, server, f"EXPUNGE of {some:,}")
        _check(server, len(re.findall(rb"\* \d+ EXPUNGE", b"".join(lines))) == some)
        imap.run("UNSELECT")
        _check(server, imap.messages(copies) == 0)


def _clocked(imap: Imap, command: str, tally: Tally, server: Server, name: str) -> list[bytes]:
    start = time.perf_counter()
    lines = imap.run(command)
    tally.add(server, name, (time.perf_counter() - start) * 1000)
    return lines


def _check(server: Server, holds: bool) -> None:
    if not holds:
        raise RuntimeError(f"{server.name}: the answer is not the one expected")
