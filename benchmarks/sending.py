"""Queued mail leaves: how fast, with how much memory, and with one dead destination among fifty.

In one process through the services, over real TLS to another process that takes everything. Messages of 2 KB
are sealed and queued as accepting them does.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import psutil

from benchmarks.letters import letter
from benchmarks.workshop import Figure, Workshop
from vaguemestre.cli.init import SETTINGS_FILE, furnish
from vaguemestre.log import configure_logging
from vaguemestre.mail.address import Address
from vaguemestre.mail.dsn import NO_WISH
from vaguemestre.mail.trust_list import TrustEntry, TrustList
from vaguemestre.net.health_pki import HealthPki, make_health_pki
from vaguemestre.net.operators import OperatorFiles, OperatorTls
from vaguemestre.net.revocation import RevocationLists
from vaguemestre.service.outbound.sending import Sending, SendingTerms
from vaguemestre.service.ports.outbound import OUTGOING, NewOutbound
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.trust.space import TrustSpace
from vaguemestre.service.trust.subjects import subject_of
from vaguemestre.services import Services, SystemClock, open_services
from vaguemestre.settings import read_settings
from vaguemestre.smtp.client import PATIENCE, Step
from vaguemestre.transport.dialling import Dialling, Shown
from vaguemestre.transport.routes import Routes, Server

_DOMAINS = 50
_AT_ONCE = 100  # messages queued in one unit
_LOOKS = 200
_PATIENT = {**PATIENCE, Step.GREETING: 5.0}  # of the dead one: five minutes would only lengthen the measure


@dataclass(frozen=True, slots=True)
class _Post:
    services: Services
    sending: Callable[[int], Sending]
    """To so many domains, of which the first is dead when there are more than fifty."""


def _domain(number: int) -> str:
    return f"d{number:03}.example"


async def send(workshop: Workshop) -> list[Figure]:
    """Throughput, memory and scan, fairness."""
    async with _post(workshop) as post:
        one = await _throughput(post, workshop.count(5_000), 1)
        fifty = await _throughput(post, workshop.count(5_000), _DOMAINS)
        fair, unfair = await _fairness(post, workshop.count(2_000))
        few = await _waiting(post, workshop.count(1_000))
        many = await _waiting(post, workshop.count(99_000))
    return [
        Figure("messages of 2 KB sent to one peer", "/s", one, 0, True, ""),
        Figure(f"the same to {_DOMAINS} peers", "/s", fifty, 0, True, ""),
        Figure("49 destinations served", "s", fair, 0, False, ""),
        Figure("the same beside one that hangs", "s", unfair, 0, False, "the same"),
        Figure("a look at 1,000 queued messages", "ms", few[0], 0, False, ""),
        Figure("a look at 100,000", "ms", many[0], 0, False, "≤ 5 ms"),
        Figure("memory of sending with 1,000 queued", "MiB", few[1], 0, False, ""),
        Figure("the same with 100,000", "MiB", many[1], 0, False, "no more"),
    ]


async def _throughput(post: _Post, count: int, domains: int) -> float:
    await _queue(post.services, count, domains)
    began = time.perf_counter()
    await post.sending(domains).run_once(500)
    seconds = time.perf_counter() - began
    await _empty(post.services)
    return count / seconds


async def _fairness(post: _Post, count: int) -> tuple[float, float]:
    """Until the forty-nine have theirs: alone, then with the first of fifty dead."""
    seconds = []
    for first, routes in ((1, _DOMAINS), (0, -_DOMAINS)):
        await _queue(post.services, count, _DOMAINS, first)
        began = time.perf_counter()
        running = asyncio.create_task(post.sending(routes).run_once(500))
        while await post.services.store.read(_living):
            await asyncio.wait({running}, timeout=0.02)
        seconds.append(time.perf_counter() - began)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await _empty(post.services)
    return seconds[0], seconds[1]


def _living(tx: Transaction) -> bool:
    return any(tx.outbound.listed(destination=_domain(number), limit=1) for number in range(1, _DOMAINS))


async def _waiting(post: _Post, count: int) -> tuple[float, float]:
    """Milliseconds of a look, and memory that sending for a second added; the messages stay queued."""
    await _queue(post.services, count, _DOMAINS)
    now = SystemClock().now()
    began = time.perf_counter()
    for _ in range(_LOOKS):
        found = await post.services.store.read(lambda tx: tx.outbound.due(now, "", 200))
    look = (time.perf_counter() - began) / _LOOKS * 1000
    if len(found) != _DOMAINS:
        raise RuntimeError(f"{len(found)} destinations are due")
    process = psutil.Process()
    before = process.memory_full_info().uss
    with suppress(TimeoutError):
        async with asyncio.timeout(1.0):
            await post.sending(-1).run_once(500)
    return look, max(process.memory_full_info().uss - before, 0) / 2**20


async def _empty(services: Services) -> None:
    while await services.queue_upkeep.run_once(100):
        pass
    later = SystemClock().now() + timedelta(days=1)
    await services.store.write(lambda tx: tx.outbound.take_ended(later, later, 1_000_000), "empty")
    await services.store.write(_resume, "resume")


def _resume(tx: Transaction) -> None:
    for number in range(_DOMAINS):
        tx.outbound.resume(_domain(number))


async def _queue(services: Services, count: int, domains: int, first: int = 0) -> None:
    sender = Address("claire", "bench.mssante.fr")
    for start in range(0, count, _AT_ONCE):
        new = []
        for number in range(start, min(start + _AT_ONCE, count)):
            to = Address("x", _domain(first + number % (domains - first)))
            octets, now = letter(number, 1_000_003, str(to)), SystemClock().now()
            spool = services.vault.spool()
            spool.feed(octets)
            body = await services.vault.seal(OUTGOING, spool, b"", now)
            spool.discard()
            queue_id = os.urandom(8).hex()
            new.append(NewOutbound(None, queue_id, sender, [(to, NO_WISH)], body, now))
        await services.store.write(partial(_add, new), "queue", is_long=True)


def _add(new: list[NewOutbound], tx: Transaction) -> None:
    for one in new:
        tx.outbound.add(one)


@asynccontextmanager
async def _post(workshop: Workshop) -> AsyncIterator[_Post]:
    clock = SystemClock()
    pki = make_health_pki(workshop.folder / "pki", clock.now())
    theirs, ours = pki.shown("citizen-operator"), pki.shown("operator")
    lists = partial(RevocationLists, [str(path) for path in pki.lists], workshop.folder, now=clock.now)
    tls = OperatorTls(OperatorFiles(ours.certificate, ours.key, pki.authorities), lists, None, clock.now)
    await tls.lists.run_once(1)
    folder = workshop.folder / "ours"
    folder.mkdir()
    furnish(folder, {("domains", "professional"): ("bench.mssante.fr",)})
    command = [sys.executable, "-m", "benchmarks.taking", str(theirs.certificate), str(theirs.key)]
    peer = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert peer.stdout is not None
    try:
        takes, hangs = map(int, (await peer.stdout.readline()).split())
        async with open_services(read_settings(folder / SETTINGS_FILE), clock) as services:
            configure_logging(json=False, level="warning", key=services.log_key)
            shown = Shown(tls.client, tls.verified, _trust(pki))

            def sending(domains: int) -> Sending:
                static = {_domain(n): Server("127.0.0.1", takes) for n in range(_DOMAINS)}
                if domains == -_DOMAINS:
                    static[_domain(0)] = Server("127.0.0.1", hangs)
                elif domains < 0:
                    static = dict.fromkeys(static, Server("127.0.0.1", hangs))
                carrier = Dialling(Routes(static), shown, "bench.example", _PATIENT)
                return Sending(services.store, services.vault, clock, carrier, SendingTerms(), "bench")

            yield _Post(services, sending)
    finally:
        peer.kill()
        await peer.wait()


def _trust(pki: HealthPki) -> TrustSpace:
    clock = SystemClock()
    subject = subject_of(pki.shown("citizen-operator").read)
    entries = [TrustEntry(_domain(number), subject) for number in range(_DOMAINS)]
    return TrustSpace(clock, timedelta(days=1), TrustList(clock.now(), entries))
