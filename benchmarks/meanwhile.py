"""What the others notice while a worker works: submissions that go on, and how long the loop is held.

What is told of the event loop is the most CPU its thread used before somebody who wants a turn got it, so
that it means the same on a busy machine.
"""

import asyncio
import time
from collections.abc import Coroutine, Sequence

from benchmarks.letters import letter
from benchmarks.servers import PEOPLE, recipient, sender
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.envelope import Envelope
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.services import Services

_SENDERS = 4
_PAUSE = 0.02  # seconds between a reply and the same sender's next message


class Load:
    """A message from each sender again and again, and a look at how late the event loop is."""

    def __init__(self, services: Services, people: Sequence[tuple[Bal, Bal]], first: int) -> None:
        self._services = services
        self._people = people
        self._next = first
        self._latencies: list[float] = []
        self.longest_hold = 0.0

    async def during(self, work: Coroutine[None, None, None]) -> list[float]:
        """Milliseconds each submission took while that work was done, in ascending order."""
        senders = [asyncio.create_task(self._send(*pair)) for pair in self._people[:_SENDERS]]
        watch = asyncio.create_task(self._watch())
        await work
        for task in (watch, *senders):
            task.cancel()
        for ended in await asyncio.gather(watch, *senders, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError):
                raise RuntimeError("a submission failed") from ended
        return sorted(self._latencies)

    async def _send(self, sender_bal: Bal, to: Bal) -> None:
        signed_in, envelope = SignedIn(sender_bal), Envelope(sender_bal.address, (to.address,))
        while True:
            self._next += 1
            octets = letter(self._next, 1_000_003, str(to.address))
            octets = octets.replace(sender(self._next % PEOPLE).encode(), str(sender_bal.address).encode())
            began = time.perf_counter()
            incoming = self._services.submissions.begin(signed_in, envelope, "ESMTPSA")
            incoming.feed(
                octets.replace(sender(self._next % PEOPLE).encode(), str(sender_bal.address).encode())
            )
            receipt = await self._services.submissions.submit(incoming)
            if receipt.reply.code != 250:
                raise RuntimeError(str(receipt.reply))
            self._latencies.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(_PAUSE)

    async def _watch(self) -> None:
        """Whoever asks for its turn again is kept waiting for as much work of others in the loop's thread."""
        while True:
            began = time.thread_time()
            await asyncio.sleep(0)
            self.longest_hold = max(self.longest_hold, time.thread_time() - began)
            await asyncio.sleep(0.002)


def percentile(latencies: Sequence[float], percent: int) -> float:
    """Of latencies in ascending order."""
    return latencies[min(len(latencies) - 1, len(latencies) * percent // 100)]


async def people_of(services: Services) -> list[tuple[Bal, Bal]]:
    """Each sender and whom he writes to."""
    pairs = []
    bals = {bal.address.key: bal for bal in await services.accounts.all()}
    for number in range(PEOPLE):
        keys = [parse_address(address).key for address in (sender(number), recipient(number))]
        pairs.append((bals[keys[0]], bals[keys[1]]))
    return pairs
