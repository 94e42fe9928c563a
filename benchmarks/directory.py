"""The directory of 535,000 mailboxes: its import beside others that submit, then searches in it.

The import runs as the worker runs it, in a process of its own; its memory is the most that process had.
"""

import asyncio
import resource
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks.directory_file import ROWS, rpps, write
from benchmarks.meanwhile import Load, people_of, percentile
from benchmarks.servers import PEOPLE, recipient, sender
from benchmarks.workshop import Figure, Workshop
from vaguemestre.cli.init import SETTINGS_FILE, furnish
from vaguemestre.configured import errand_of
from vaguemestre.directory.beside import ImportBeside
from vaguemestre.log import configure_logging
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.policy.limits import Allowance
from vaguemestre.service.accounts.keeping import AccountRequest
from vaguemestre.service.directory.address_book import wanted_of
from vaguemestre.services import Services, SystemClock, open_services
from vaguemestre.settings import Settings, read_settings

_WITHOUT = 10.0  # seconds of submissions alone
_TIMES = 20  # each search
_SEARCHES = (
    "martin",
    "garcia élodie",
    "claire martin lyon",
    "cardio lyon",
    "hospitalier urgences",
    "mar",
    "ma",
)


async def directory(workshop: Workshop) -> list[Figure]:
    """Import it while others submit, then search it."""
    rows = workshop.count(ROWS)
    folder = workshop.folder / "directory"
    settings = await asyncio.to_thread(_furnished, folder)
    file = folder / "Extraction_202611220830.txt"
    await asyncio.to_thread(write, file, rows)
    async with _opened(settings) as services:
        people = await people_of(services)
        before = Load(services, people, 0)
        alone = await before.during(asyncio.sleep(_WITHOUT))
        beside = ImportBeside(replace(errand_of(settings), path=str(file)))
        load = Load(services, people, 1_000_000)
        began = time.perf_counter()
        together = await load.during(_imported(beside, rows))
        seconds = time.perf_counter() - began
        size = (await asyncio.to_thread((folder / "directory.db").stat)).st_size
        figures = [
            Figure(f"import of {rows:,} mailboxes, others submitting", "s", seconds, 0, False, "< 60 s"),
            Figure("memory of the import", "MiB", _child_memory(), 0, False, ""),
            Figure("the directory's file", "MB", size / 1e6, 0, False, ""),
            Figure("CPU between two turns of the loop", "ms", load.longest_hold * 1000, 0, False, "≤ 5 ms"),
            Figure("the same without import", "ms", before.longest_hold * 1000, 0, False, ""),
        ]
        for when, latencies in (("meanwhile", together), ("without import", alone)):
            for percent in (50, 99):
                title = f"submission {when}, p{percent}"
                figures.append(Figure(title, "ms", percentile(latencies, percent), 0, False, ""))
        return figures + [await _searched(services, words) for words in _SEARCHES] + await _looks(services)


async def _imported(beside: ImportBeside, rows: int) -> None:
    imported = await beside.renew()
    if imported is None or imported.state.rows != rows:
        raise RuntimeError(f"the directory was not imported: {imported}")


async def _searched(services: Services, words: str) -> Figure:
    wanted = wanted_of(words)
    return await _timed(f"search «{words}»", lambda: services.address_book.search(wanted, 25))


async def _looks(services: Services) -> list[Figure]:
    number = rpps(1)
    address = (await services.address_book.show(number))[0].address
    return [
        await _timed("an RPPS number", lambda: services.address_book.show(number)),
        await _timed("an address", lambda: services.address_book.show(str(address))),
    ]


async def _timed(name: str, ask: Callable[[], Awaitable[object]]) -> Figure:
    took = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    return Figure(name, "ms", statistics.median(took), 0, False, "milliseconds")


def _child_memory() -> float:
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Services]:
    async with open_services(settings, SystemClock()) as services:
        configure_logging(json=False, level="warning", key=services.log_key)
        for number in range(PEOPLE):
            for address, kind in ((sender(number), BalKind.PER), (recipient(number), BalKind.CITIZEN)):
                await services.accounts.add(AccountRequest(parse_address(address), kind), "benchmarks")
        yield services


def _furnished(folder: Path) -> Settings:
    folder.mkdir()
    furnish(
        folder,
        {
            ("domains", "professional"): ("bench.mssante.fr",),
            ("domains", "citizen"): ("patient.mssante.fr",),
            ("sending", "per"): str(Allowance(*(999_999_999,) * 5)),
        },
    )
    return read_settings(folder / SETTINGS_FILE)
