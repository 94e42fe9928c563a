"""A million messages expire while others go on submitting: how fast, and who notices.

In one process, through the services. The messages are written by a statement, all due at once, spread over
bals and days, each day with its own key; no octets are opened, so theirs are random.
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from benchmarks.meanwhile import Load, people_of, percentile
from benchmarks.servers import PEOPLE, recipient, sender
from benchmarks.workshop import Figure, Workshop
from vaguemestre.cli.init import SETTINGS_FILE, furnish
from vaguemestre.log import configure_logging
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.policy.limits import Allowance
from vaguemestre.service.accounts.keeping import AccountRequest
from vaguemestre.services import Services, SystemClock, open_services
from vaguemestre.settings import Settings, read_settings

_DAYS = 60  # over which the messages came, the last a hundred days ago
_STEP = 500  # the setting workers.batch as it is shipped
_WITHOUT = 5.0  # seconds of submissions alone

_BODIES = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :count - 1)
INSERT INTO body (id, bal, day, size, uses, card)
SELECT randomblob(16), json_extract(:bals, '$[' || (i % :people) || ']'),
    :first_day + i * :days / :count, 900, 1, randomblob(300) FROM n
"""
_OCTETS = "INSERT INTO octets (body, octets) SELECT number, randomblob(900) FROM body"
_MESSAGES = """
INSERT INTO message (mailbox, uid, flags, modseq, size, internal_date, body, kind, filed_at)
SELECT (SELECT id FROM mailbox WHERE bal = b.bal AND name = 'INBOX'), b.number, 0, 2, 900, 0, b.id, 'CITIZEN',
    b.day * 86400000000 + b.number FROM body b
"""
_COUNTS = "UPDATE bal SET used = 900 * (SELECT count(*) FROM body WHERE body.bal = bal.id)"
_UIDS = "UPDATE mailbox SET uid_next = :count + 1, highest_modseq = 2 WHERE name = 'INBOX'"


async def expire(workshop: Workshop) -> list[Figure]:
    """Expire a million messages under a steady load of submissions."""
    count = workshop.count(1_000_000)
    folder = workshop.folder / "expiring"
    async with _furnished(folder, count) as services:
        people = await people_of(services)
        before = Load(services, people, 0)
        alone = await before.during(asyncio.sleep(_WITHOUT))
        load = Load(services, people, 1_000_000)
        began = time.perf_counter()
        memory = Memory()
        together = await load.during(_expire_all(services, count, memory))
        seconds = time.perf_counter() - began
    figures = [
        Figure(f"{count:,} messages expire", "/s", count / seconds, 0, True, ""),
        Figure("in all", "s", seconds, 0, False, ""),
        Figure("messages accepted meanwhile", "/s", len(together) / seconds, 0, True, ""),
        Figure("memory this takes beyond what it began with", "MB", memory.grown, 0, False, ""),
        Figure(
            "CPU between two turns of the loop, at most", "ms", load.longest_hold * 1000, 0, False, "≤ 5 ms"
        ),
        Figure("the same without expiry", "ms", before.longest_hold * 1000, 0, False, ""),
    ]
    for when, latencies in (("meanwhile", together), ("without expiry", alone)):
        for percent in (50, 99):
            title = f"submission {when}, p{percent}"
            figures.append(Figure(title, "ms", percentile(latencies, percent), 0, False, ""))
    return figures


class Memory:
    """Of this process, in MB: how much more it holds at most than when this began."""

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._before = self._process.memory_info().rss
        self._most = self._before

    def look(self) -> None:
        """Now."""
        self._most = max(self._most, self._process.memory_info().rss)

    @property
    def grown(self) -> float:
        """What was seen."""
        return (self._most - self._before) / 1_000_000


async def _expire_all(services: Services, count: int, memory: Memory) -> None:
    gone = keys = 0
    while (done := await services.expiry.step(_STEP)).messages:
        gone, keys = gone + done.messages, keys + done.keys
        memory.look()
    if (gone, keys) != (count, PEOPLE * _DAYS):
        raise RuntimeError(f"{gone} messages of {count} went, and {keys} keys")


@asynccontextmanager
async def _furnished(folder: Path, count: int) -> AsyncIterator[Services]:
    """The services over a store that holds so many messages, all of them due, with their keys."""
    settings = await asyncio.to_thread(_settings, folder)
    now = datetime.now(UTC)
    first = now - timedelta(days=100 + _DAYS)
    async with open_services(settings, SystemClock()) as services:
        for number in range(PEOPLE):
            for address, kind in ((sender(number), BalKind.PER), (recipient(number), BalKind.CITIZEN)):
                await services.accounts.add(AccountRequest(parse_address(address), kind), "benchmarks")
        for _, citizen in await people_of(services):
            for day in range(_DAYS):
                spool = services.vault.spool()
                spool.feed(b"x")
                await services.vault.seal(citizen.id, spool, b"", first + timedelta(days=day))
    first_day = (first - datetime(1970, 1, 1, tzinfo=UTC)).days
    await asyncio.to_thread(_fill, folder / "vaguemestre.db", count, first_day)
    async with open_services(settings, SystemClock()) as services:
        configure_logging(json=False, level="warning", key=services.log_key)
        yield services


def _settings(folder: Path) -> Settings:
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


def _fill(path: Path, count: int, first_day: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        bals = json.dumps([bal for (bal,) in database.execute("SELECT id FROM bal WHERE kind = 'CITIZEN'")])
        asked = {"count": count, "people": PEOPLE, "days": _DAYS, "first_day": first_day, "bals": bals}
        database.execute("BEGIN")
        for statement in (_BODIES, _OCTETS, _MESSAGES, _COUNTS, _UIDS):
            database.execute(statement, asked)
        database.execute("COMMIT")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
