"""How soon an idle session is told what another one changes: arrivals, flags, expunges."""

import asyncio
import time

from benchmarks.idle import Waiting
from benchmarks.reading import Imap
from benchmarks.servers import PASSWORD, Server, recipient

_LETTER = "Subject: mesure\r\n\r\nUne ligne.\r\n"
_APPEND = f"APPEND INBOX {{{len(_LETTER)}+}}\r\n{_LETTER}"


async def delays(server: Server, rounds: int) -> dict[str, list[float]]:
    """Milliseconds from the first octet of APPEND, STORE and EXPUNGE to its telling, in ascending order."""
    address = recipient(1)
    waiting = Waiting(server.imap, address)
    await waiting.open(tls=False)
    with Imap(server.imap, address, PASSWORD) as other:
        other.run("SELECT INBOX")
        times = {
            "APPEND": [await _delay(waiting, other, _APPEND, b"EXISTS") for _ in range(rounds)],
            "STORE": [
                await _delay(waiting, other, f"STORE 1 {sign}FLAGS (\\Flagged)", b"FETCH")
                for sign in ("+" if number % 2 == 0 else "-" for number in range(rounds))
            ],
            "EXPUNGE": [],
        }
        for _ in range(rounds):
            await _delay(waiting, other, "STORE 1 +FLAGS (\\Deleted)", b"FETCH")
            times["EXPUNGE"].append(await _delay(waiting, other, "EXPUNGE", b"EXPUNGE"))
    waiting.close()
    return {command: sorted(some) for command, some in times.items()}


async def _delay(waiting: Waiting, other: Imap, command: str, mark: bytes) -> float:
    told = asyncio.create_task(waiting.told(mark))
    start = time.perf_counter()
    # In a thread: who changes things waits for its answer, and who idles must not wait for it too.
    changed = asyncio.create_task(asyncio.to_thread(other.run, command))
    delay = (await told - start) * 1000
    await changed
    return delay
