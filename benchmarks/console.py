"""The console's pages over a year of 100,000 mailboxes: how long the server takes for each.

Measured as a browser has it, over TLS on one connection that stays; each time another account, message or day
is asked for, so that what is told is not one page read again. Every screen of the navigation is opened, then
what people do on them. CPU is of the whole process, the browser in it too: it tells where the load does not.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import httpx

from benchmarks.many_traces import HOSPITAL, LABORATORY, Counts, address, day, write
from benchmarks.meanwhile import percentile
from benchmarks.workshop import Figure, Workshop
from vaguemestre.cli.init import SETTINGS_FILE, furnish
from vaguemestre.console.screens import SCREENS
from vaguemestre.doors import Doors
from vaguemestre.log import configure_logging
from vaguemestre.policy.administration import Role
from vaguemestre.service.administration.accounts import digest_of
from vaguemestre.service.ports.administrator import ConsoleSession
from vaguemestre.service.ports.store import Transaction
from vaguemestre.services import SystemClock, open_services
from vaguemestre.settings import Settings, read_settings

_TIMES = 100
_TARGET = "≤ 100"
_TOKEN = "somebody who measures"
_FORM = hashlib.blake2b(_TOKEN.encode(), person=b"console form", digest_size=16).hexdigest()
_STEP = 7_919  # from one account to the next: a prime, so that they lie everywhere


class _Page(NamedTuple):
    """``form`` is posted when there is one; both are given the round."""

    name: str
    path: Callable[[int], str]
    form: Callable[[int], dict[str, str]] | None = None


async def console(workshop: Workshop) -> list[Figure]:
    """Generate, open the door alone (no job would leave such a house in peace), ask for every page."""
    folder = workshop.folder / "console"
    settings = await asyncio.to_thread(_furnished, folder)
    file = Path(settings.database.url.removeprefix("sqlite:///"))
    began = time.perf_counter()
    counts = await asyncio.to_thread(write, file, workshop.quick)
    rows = 2 * counts.messages
    figures = [Figure(f"{rows:,} trace rows written", "s", time.perf_counter() - began, 0, False, "")]
    clock = SystemClock()
    async with open_services(settings, clock) as services:
        configure_logging(json=False, level="error", key=services.log_key)
        await services.store.write(_sign_in, "benchmarks")
        doors = Doors(settings, clock, None)
        try:
            port = (await doors.open(services))["http"].port
            async with httpx.AsyncClient(
                base_url=f"https://localhost:{port}",
                verify=False,  # noqa: S501 (its certificate was made a moment ago)
                cookies={"__Host-session": _TOKEN},
                timeout=120,
            ) as browser:
                for page in _pages(counts):
                    figures += await _measured(browser, page, workshop.count(_TIMES))
        finally:
            await doors.close()
    return figures


def _pages(counts: Counts) -> list[_Page]:
    def citizen(turn: int) -> str:
        return address(counts, counts.professionals + 1 + turn * _STEP % counts.citizens)

    def professional(turn: int) -> str:
        return address(counts, 3 + turn * _STEP % (counts.professionals - 2))

    def number(turn: int) -> int:
        return 1 + turn * _STEP % counts.bals

    def messages(name: str, asked: Callable[[int], dict[str, str]]) -> _Page:
        return _Page(f"messages {name}", lambda _: "/messages", asked)

    def conversations(name: str, asked: Callable[[int], dict[str, str]]) -> _Page:
        return _Page(f"conversations {name}", lambda _: "/conversations", asked)

    busy, sought = address(counts, LABORATORY), address(counts, HOSPITAL)
    return [
        _Page("home", lambda _: "/"),
        *(_Page(f"screen {screen.path}", _always(screen.path)) for screen in SCREENS),
        _Page("mailboxes of a name", lambda _: "/mailboxes", lambda n: {"typed": f"famille{n} prenom"}),
        _Page("mailboxes of an address", lambda _: "/mailboxes", lambda n: {"typed": citizen(n)}),
        _Page("a mailbox", lambda n: f"/mailboxes/{number(n)}"),
        _Page("the mailbox of 10,000 messages", lambda _: f"/mailboxes/{HOSPITAL}"),
        messages("of a day", lambda n: {"first": day(n), "last": day(n)}),
        messages("from somebody", lambda n: {"from": professional(n)}),
        messages("to a citizen", lambda n: {"to": citizen(n)}),
        messages("to the busiest, a day", lambda n: {"to": sought, "first": day(n), "last": day(n)}),
        messages("from the busiest", lambda _: {"from": busy}),
        messages("from somebody to the busiest", lambda n: {"from": professional(n), "to": sought}),
        messages("from the busiest to a citizen", lambda n: {"from": busy, "to": citizen(n)}),
        messages("between the two busiest", lambda _: {"from": busy, "to": sought}),
        messages("by queue id", lambda n: {"name": f"{1 + n * _STEP % counts.messages:016x}"}),
        _Page("a message", lambda n: f"/messages/{1 + n * _STEP % counts.messages:016x}"),
        conversations("of a citizen", lambda n: {"account": citizen(n)}),
        conversations("of somebody", lambda n: {"account": professional(n)}),
        conversations("of the busiest", lambda _: {"account": busy}),
        _Page("a conversation", lambda n: f"/conversations/{1 + n * _STEP % counts.conversations}"),
        conversations("of a domain", lambda _: {"domain": "bench.mssante.fr", "state": "closed"}),
        conversations("of a day", lambda n: {"first": day(n), "last": day(n)}),
        _Page("refusals of a week", lambda n: f"/refusals?ago={n * 7 % 350}"),
        _Page("the queue of a domain", lambda n: f"/queue?domain=operateur{n}.example"),
    ]


def _always(path: str) -> Callable[[int], str]:
    return lambda _: path


async def _measured(browser: httpx.AsyncClient, page: _Page, times: int) -> list[Figure]:
    took, processor = [], time.process_time()
    for turn in range(times):
        path, form = page.path(turn), None if page.form is None else page.form(turn)
        began = time.perf_counter()
        if form is None:
            answer = await browser.get(path)
        else:
            answer = await browser.post(path, data={"token": _FORM, **form})
        took.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} {form}: {answer.status_code}")
    processor = (time.process_time() - processor) / times * 1000
    took.sort()
    return [
        Figure(f"{page.name}, p{percent}", "ms", percentile(took, percent), 0, False, _TARGET, cpu)
        for percent, cpu in ((50, processor), (99, 0.0))
    ]


def _sign_in(tx: Transaction) -> None:
    now = datetime.now(UTC)
    somebody = tx.administrators.add("bench", Role.OPERATOR, now)
    tx.administrators.begin(ConsoleSession(digest_of(_TOKEN), somebody, now, now, "127.0.0.1", "benchmarks"))


def _furnished(folder: Path) -> Settings:
    folder.mkdir()
    doors = ("submission", "submissions", "imap", "imaps", "http")
    furnish(
        folder,
        {
            ("domains", "professional"): ("bench.mssante.fr",),
            ("domains", "citizen"): ("patient.mssante.fr",),
            ("console", "idle"): 36_000,
            **{("listen", name): "127.0.0.1:0" for name in doors},
        },
    )
    return read_settings(folder / SETTINGS_FILE)
