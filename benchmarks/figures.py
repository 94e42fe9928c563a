"""The figures: what is measured, how often, and against what target (house rules, Performance)."""

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from benchmarks.auditing import audit
from benchmarks.changes import delays
from benchmarks.console import console
from benchmarks.directory import directory
from benchmarks.expiring import expire
from benchmarks.handling import handle
from benchmarks.idle import open_idle, time_to_exists
from benchmarks.load import Order, ordered, the_message
from benchmarks.peers import MAILDIR, Shape
from benchmarks.reading import Imap
from benchmarks.releasing import release
from benchmarks.searching import search
from benchmarks.sending import send
from benchmarks.servers import PASSWORD, PEOPLE, Server, people, recipient
from benchmarks.signing_in import sign_in
from benchmarks.talking import append, bodies, store
from benchmarks.trusting import trust
from benchmarks.unread import unread
from benchmarks.workshop import Figure, Workshop

_DELIVERY_PATIENCE = 120  # seconds until a peer has delivered what it accepted
_LOOKS, _LOOK = 40, 0.25  # how often, and for how many seconds, servers are looked at until they rest
_AT_REST = 0.02  # of a processor


@dataclass(frozen=True, slots=True)
class _Submitted:
    rate: float
    p50: float
    p99: float
    cpu: float


async def _submit(server: Server, order: Order) -> _Submitted:
    """Submit, and wait until every message lies in its mailbox, octet for octet."""
    before = await asyncio.to_thread(_held, server)
    cpu = server.cpu()
    loop = asyncio.get_running_loop()
    measured = await ordered(order)
    start = loop.time()
    await asyncio.to_thread(_until_held, server, before + order.messages)
    waited = loop.time() - start
    used = server.cpu() - cpu
    await asyncio.to_thread(_verify, server, order)
    latencies = sorted(measured.latencies)
    # What the peer still had in its queue counts: the promise is the mailbox, not the queue.
    seconds = measured.seconds + (waited if waited > 0.2 else 0)
    return _Submitted(
        order.messages / seconds,
        latencies[len(latencies) // 2] * 1000,
        latencies[len(latencies) * 99 // 100] * 1000,
        used / order.messages * 1000,
    )


def _until_held(server: Server, messages: int) -> None:
    until = time.monotonic() + _DELIVERY_PATIENCE
    while (held := _held(server)) < messages:
        if time.monotonic() > until:
            raise RuntimeError(f"{server.name} holds {held} messages of {messages}")
        time.sleep(0.05)


def _held(server: Server) -> int:
    total = 0
    for number in range(PEOPLE):
        with Imap(server.imap, recipient(number), PASSWORD) as imap:
            total += imap.messages()
    return total


def _verify(server: Server, order: Order) -> None:
    """The last messages of the first mailbox are what was sent, octet for octet."""
    sender, _, to = order.people[0]
    numbers = list(range(0, order.messages, order.connections))[-20:]
    with Imap(server.imap, to, PASSWORD) as imap:
        imap.run("SELECT INBOX")
        bodies = [line for line in imap.run("FETCH 1:* BODY.PEEK[]") if len(line) > order.size // 3]
    for number in numbers:
        sent = the_message(order.first + number, sender, to, order.size)
        if not any(body.endswith(sent) for body in bodies):
            raise RuntimeError(f"{server.name}: message {number} was not found as it was sent")


async def _at_rest(*servers: Server | None) -> None:
    """Wait until no server works any more, and the disk has what they wrote.

    A server has something left to write when its last message lies in the mailbox: whoever is measured next
    would pay for it.
    """
    there = [server for server in servers if server is not None]
    await asyncio.to_thread(os.sync)
    for _ in range(_LOOKS):
        before = sum(server.cpu() for server in there)
        await asyncio.sleep(_LOOK)
        if sum(server.cpu() for server in there) - before <= _AT_REST * _LOOK:
            return


async def _side_by_side(
    workshop: Workshop, name: str, target: str, plan: Order, shape: Shape = MAILDIR
) -> list[Figure]:
    """One load on both servers in turn, three rounds; medians."""
    rounds = 1 if workshop.quick else 3
    results: dict[str, list[_Submitted]] = {"ours": [], "peer": []}
    async with workshop.both(shape) as (ours, peer):
        for turn in range(rounds):
            order = replace(plan, first=turn * plan.messages)
            await _at_rest(ours, peer)
            results["ours"].append(await _submit(ours, replace(order, port=ours.smtp)))
            if peer is not None:
                # Postfix lets its own network in without AUTH; we never do.
                theirs = replace(order, port=peer.smtp, authenticate=plan.starttls)
                await _at_rest(ours, peer)
                results["peer"].append(await _submit(peer, theirs))

    def median(key: str, pick: Callable[[_Submitted], float]) -> float:
        return statistics.median(map(pick, results[key])) if results[key] else 0

    def figure(title: str, unit: str, pick: Callable[[_Submitted], float], aim: str) -> Figure:
        return Figure(title, unit, median("ours", pick), median("peer", pick), unit == "/s", aim)

    rate = figure(name, "/s", lambda r: r.rate, target)
    cpu_ours, cpu_peer = median("ours", lambda r: r.cpu), median("peer", lambda r: r.cpu)
    return [
        replace(rate, cpu_ours=cpu_ours, cpu_peer=cpu_peer),
        figure(f"{name}, p50", "ms", lambda r: r.p50, ""),
        figure(f"{name}, p99", "ms", lambda r: r.p99, "1× → 2×"),
    ]


async def _submit_small(workshop: Workshop) -> list[Figure]:
    plan = Order(0, people(), PEOPLE, workshop.count(4_000), 2_000)
    return await _side_by_side(workshop, "submit 2 KB, 16 connections", "3× → 8×", plan)


async def _submit_sealed(workshop: Workshop) -> list[Figure]:
    """The same, against a peer that encrypts what it keeps, as we do."""
    plan = Order(0, people(), PEOPLE, workshop.count(4_000), 2_000)
    sealed = Shape(sealed=True)
    return await _side_by_side(workshop, "submit 2 KB, peer sealed", "6× → 15×", plan, sealed)


async def _submit_tls(workshop: Workshop) -> list[Figure]:
    plan = Order(0, people(), PEOPLE, workshop.count(4_000), 2_000, starttls=True)
    return await _side_by_side(workshop, "submit 2 KB, STARTTLS and AUTH", "3× → 8×", plan)


async def _submit_medium(workshop: Workshop) -> list[Figure]:
    plan = Order(0, people(), PEOPLE, workshop.count(2_000), 50_000)
    return await _side_by_side(workshop, "submit 50 KB", "3× → 6×", plan)


async def _submit_large(workshop: Workshop) -> list[Figure]:
    plan = Order(0, people(), PEOPLE, workshop.count(320), 1_000_000)
    return await _side_by_side(workshop, "submit 1 MB", "2× → 2.5×", plan)


async def _submit_huge(workshop: Workshop) -> list[Figure]:
    plan = Order(0, people(), PEOPLE, max(PEOPLE, workshop.count(64)), 9_000_000)
    return await _side_by_side(workshop, "submit 9 MB", "1× → 1.5×", plan)


async def _crowd(workshop: Workshop) -> list[Figure]:
    """The most memory our server holds while 200 connections send 9 MB each at once; every one is answered.

    The peer is left out: it has a process for each of them.
    """
    plan = Order(0, people(), workshop.count(200), workshop.count(200), 9_000_000)
    async with workshop.both() as (ours, _):
        load = asyncio.ensure_future(ordered(replace(plan, port=ours.smtp)))
        most = 0
        while not load.done():
            most = max(most, ours.resident())
            await asyncio.sleep(0.1)
        await load
        name = f"memory while {plan.connections} connections send 9 MB each"
        return [Figure(name, "KiB", most / 1024, 0, False, "≤ 1 GiB")]


_FETCHES = (
    ("UID FETCH 1:* (FLAGS)", "UID FETCH 1:* (FLAGS)", "0.7× → 1×"),
    ("UID FETCH 1:* (ENVELOPE)", "UID FETCH 1:* (ENVELOPE)", "1.5× → 4×"),
    ("UID FETCH 1:* (BODYSTRUCTURE)", "UID FETCH 1:* (BODYSTRUCTURE)", "1× → 2×"),
    (
        "UID FETCH 1:* header fields",
        "UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (From To Subject Date)])",
        "1× → 2×",
    ),
    ("UID FETCH 1:* all bodies", "UID FETCH 1:* (BODY.PEEK[])", "0.6× → 1×"),
)

_WHEN = ("first", "again")


async def _fetch(workshop: Workshop) -> list[Figure]:
    """Whole mailboxes of 10,000 messages of 2 KB, nine rounds, medians, each in a fresh session.

    Two figures each: the first command after SELECT, when nobody has the mailbox open, and the same again.
    """
    count = workshop.count(10_000)
    times: dict[tuple[str, str, str], list[float]] = {}
    async with workshop.both() as (ours, peer):
        servers = [server for server in (ours, peer) if server is not None]
        for server in servers:
            await asyncio.to_thread(_fill, server, count)
        for _ in range(3 if workshop.quick else 9):
            for name, command, _ in _FETCHES:
                for server in servers:
                    taken = await asyncio.to_thread(_two_fetches, server, command, count)
                    for when, milliseconds in zip(_WHEN, taken, strict=True):
                        times.setdefault((server.name, name, when), []).append(milliseconds)
        peer_name = peer.name if peer is not None else ""
        return [
            Figure(
                f"{name}, {when}, {count:,} messages",
                "ms",
                statistics.median(times[ours.name, name, when]),
                statistics.median(times[peer_name, name, when]) if peer_name else 0,
                False,
                target,
            )
            for name, _, target in _FETCHES
            for when in _WHEN
        ]


def _fill(server: Server, count: int) -> None:
    sender, _, to = people()[0]
    with Imap(server.imap, to, PASSWORD) as imap:
        for start in range(0, count, 50):
            numbers = range(start, min(start + 50, count))
            imap.append([the_message(number, sender, to, 2_000) for number in numbers])


def _two_fetches(server: Server, command: str, count: int) -> tuple[float, float]:
    with Imap(server.imap, people()[0][2], PASSWORD) as imap:
        imap.run("SELECT INBOX")
        return imap.timed(command, count), imap.timed(command, count)


async def _idle(workshop: Workshop) -> list[Figure]:
    """Memory that idle connections add, in clear and under TLS, KiB each."""
    figures = []
    async with workshop.both() as (ours, peer):
        # Ours holds a thousand; of the peer's, which are processes, two hundred tell as much.
        counts = {server.name: count for server, count in ((ours, 1_000), (peer, 200)) if server is not None}
        for tls, target in ((False, "≤ 60 → ≤ 20 KiB"), (True, "≤ 100 → ≤ 50 KiB")):
            added = {}
            for server in (ours, peer):
                if server is None:
                    continue
                count = counts[server.name]
                async with open_idle(server.imap, count // 10, tls):
                    pass  # what the first connections make once and for all is not theirs
                before = server.resident()
                async with open_idle(server.imap, count, tls):
                    added[server.name] = (server.resident() - before) / count / 1024
            name = f"memory of an idle connection, {'TLS' if tls else 'plain'}"
            theirs = added.get(peer.name, 0) if peer is not None else 0
            figures.append(Figure(name, "KiB", added[ours.name], theirs, False, target))
    return figures


async def _told(workshop: Workshop) -> list[Figure]:
    """From the end of a message's octets to ``* EXISTS`` on an idle connection; 50 rounds, median."""
    times: dict[str, float] = {}
    async with workshop.both() as (ours, peer):
        for server in (ours, peer):
            if server is not None:
                times[server.name] = await time_to_exists(server, 10 if workshop.quick else 50)
        theirs = times.get(peer.name, 0) if peer is not None else 0
        name = "final dot → EXISTS on an idle connection"
        return [Figure(name, "ms", times[ours.name], theirs, False, "10× → 50×")]


async def _changes(workshop: Workshop) -> list[Figure]:
    """From a command of one session to its telling in an idle one: p50, then p99 of 200 rounds.

    20 of the peer, which gathers changes for half a second: p50 alone.
    """
    times: dict[str, dict[str, list[float]]] = {}
    async with workshop.both() as (ours, peer):
        for server in (ours, peer):
            if server is not None:
                rounds = 20 if workshop.quick or server is peer else 200
                times[server.name] = await delays(server, rounds)
        figures = []
        for command, some in times[ours.name].items():
            theirs = times.get(peer.name, {}).get(command, []) if peer is not None else []
            name = f"{command} → told to an idle connection"
            median = statistics.median(theirs) if theirs else 0
            figures.append(Figure(f"{name}, p50", "ms", statistics.median(some), median, False, "≤ 50 ms"))
            figures.append(Figure(f"{name}, p99", "ms", some[len(some) * 99 // 100], 0, False, "≤ 50 ms"))
    return figures


FIGURES: dict[str, Callable[[Workshop], Awaitable[list[Figure]]]] = {
    "submit": _submit_small,
    "submit-sealed": _submit_sealed,
    "submit-tls": _submit_tls,
    "submit-50k": _submit_medium,
    "submit-1m": _submit_large,
    "submit-9m": _submit_huge,
    "crowd": _crowd,
    "fetch": _fetch,
    "idle": _idle,
    "told": _told,
    "changes": _changes,
    "search": search,
    "bodies": bodies,
    "store": store,
    "append": append,
    "handle": handle,
    "sign-in": sign_in,
    "unread": unread,
    "expire": expire,
    "directory": directory,
    "release": release,
    "send": send,
    "trust": trust,
    "audit": audit,
    "console": console,
}
