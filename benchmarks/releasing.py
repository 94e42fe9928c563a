"""Ten thousand messages sent for later leave at the same hour while others go on submitting. RFC 4865.

In one process, through the services, on a clock that is put forward once all of them wait. They are real:
submitted, sealed for their sender, opened and sealed again for their recipient.
"""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from benchmarks.letters import letter
from benchmarks.meanwhile import Load, people_of, percentile
from benchmarks.servers import PEOPLE, recipient, sender
from benchmarks.workshop import Figure, Workshop
from vaguemestre.cli.init import SETTINGS_FILE, furnish
from vaguemestre.log import configure_logging
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.envelope import Envelope
from vaguemestre.policy.limits import Allowance
from vaguemestre.service.accounts.keeping import AccountRequest
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.services import Services, open_services
from vaguemestre.settings import read_settings

_STEP = 500  # the setting workers.batch as it is shipped
_AT_ONCE = 32  # submissions while they are held
_WITHOUT = 5.0  # seconds of submissions alone
_WAIT = timedelta(days=1)


class _Clock:
    """That of this machine, and what it was put forward by."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC) + self.ahead


async def release(workshop: Workshop) -> list[Figure]:
    """Release ten thousand messages of 2 KB under a steady load of submissions."""
    count, clock = workshop.count(10_000), _Clock()
    folder = workshop.folder / "releasing"
    folder.mkdir()
    boundless = str(Allowance(*(999_999_999,) * 5))
    furnish(
        folder,
        {
            ("domains", "professional"): ("bench.mssante.fr",),
            ("domains", "citizen"): ("patient.mssante.fr",),
            ("sending", "per"): boundless,
            ("limits", "held"): count,
        },
    )
    async with open_services(read_settings(folder / SETTINGS_FILE), clock) as services:
        configure_logging(json=False, level="warning", key=services.log_key)
        for number in range(PEOPLE):
            for address, kind in ((sender(number), BalKind.PER), (recipient(number), BalKind.CITIZEN)):
                await services.accounts.add(AccountRequest(parse_address(address), kind), "benchmarks")
        people = await people_of(services)
        began = time.perf_counter()
        await _hold(services, count, clock.now() + _WAIT)
        held = time.perf_counter() - began
        before = Load(services, people, 2_000_000)
        alone = await before.during(asyncio.sleep(_WITHOUT))
        clock.ahead = _WAIT
        load = Load(services, people, 1_000_000)
        began = time.perf_counter()
        together = await load.during(_release_all(services, count))
        seconds = time.perf_counter() - began
    figures = [
        Figure(f"{count:,} messages are held", "/s", count / held, 0, True, ""),
        Figure(f"{count:,} messages are released", "/s", count / seconds, 0, True, ""),
        Figure(
            "CPU between two turns of the loop, at most", "ms", load.longest_hold * 1000, 0, False, "≤ 5 ms"
        ),
        Figure("the same without releases", "ms", before.longest_hold * 1000, 0, False, ""),
    ]
    for when, latencies in (("meanwhile", together), ("without releases", alone)):
        for percent in (50, 99):
            title = f"submission {when}, p{percent}"
            figures.append(Figure(title, "ms", percentile(latencies, percent), 0, False, ""))
    return figures


async def _hold(services: Services, count: int, until: datetime) -> None:
    people = await people_of(services)
    numbers = iter(range(count))

    async def some() -> None:
        for number in numbers:
            bal, to = people[number % PEOPLE]
            octets = letter(number, 1_000_003, str(to.address))
            envelope = replace(Envelope(bal.address, (to.address,)), held_until=until)
            incoming = services.submissions.begin(SignedIn(bal), envelope, "ESMTPSA")
            incoming.feed(octets)
            receipt = await services.submissions.submit(incoming)
            if receipt.reply.code != 250:
                raise RuntimeError(str(receipt.reply))

    await asyncio.gather(*(some() for _ in range(_AT_ONCE)))


async def _release_all(services: Services, count: int) -> None:
    released = 0
    while done := await services.releases.run_once(_STEP):
        released += done
    if released != count or await services.held.waiting():
        raise RuntimeError(f"{released} messages of {count} were released")
