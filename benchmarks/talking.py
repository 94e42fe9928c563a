"""Many small commands over several connections: bodies one at a time, flags, messages appended."""

from collections.abc import Sequence
from itertools import product

from benchmarks import letters
from benchmarks.dialogues import Talk, Work, talked
from benchmarks.peers import Shape
from benchmarks.servers import PEOPLE, Server, recipient
from benchmarks.workshop import Figure, Tally, Workshop

_ROUNDS = 3
_SECONDS = 4.0  # at most, of one round of one server


async def bodies(workshop: Workshop) -> list[Figure]:
    """``UID FETCH n BODY.PEEK[]``, n at random among 10,000, eight connections on one mailbox."""
    name, count = "one body at a time, 8 connections", workshop.count(10_000)
    tally = Tally("/s", more_is_better=True)
    async with workshop.readers(Shape()) as servers:
        for server in servers:
            letters.fill(server, recipient(0), count)
        plan = _Plan(Work.BODIES, [recipient(0)] * 8, count, workshop.count(20_000))
        await _in_turn(workshop, servers, {name: plan}, tally)
    return tally.figures({name: "1.5× → 3×"})


async def store(workshop: Workshop) -> list[Figure]:
    r"""``UID STORE n ±FLAGS (\Flagged)``; eight connections have a mailbox each."""
    count = 300  # letters in each
    tally = Tally("/s", more_is_better=True)
    async with workshop.readers(Shape("maildir"), Shape("mdbox")) as servers:
        for server, number in product(servers, range(8)):
            letters.fill(server, recipient(number), count)
        plans = {
            f"STORE one flag, {words}": _Plan(
                Work.FLAGS, [recipient(number) for number in range(connections)], count, workshop.count(8_000)
            )
            for words, connections in (("1 connection", 1), ("8 connections", 8))
        }
        await _in_turn(workshop, servers, plans, tally)
    aims = (("Dovecot maildir", "3×"), ("Dovecot mdbox", "→ 0.7×"))
    return tally.figures({f"{name}, {peer}": aim for name, (peer, aim) in product(plans, aims)})


async def append(workshop: Workshop) -> list[Figure]:
    """APPEND of 2 KB by sixteen connections, into a mailbox each and into one."""
    tally = Tally("/s", more_is_better=True)
    plans = {
        "APPEND 2 KB, 16 mailboxes": _Plan(
            Work.APPENDS, [recipient(number) for number in range(PEOPLE)], 500, workshop.count(4_000)
        ),
        "APPEND 2 KB, one mailbox": _Plan(Work.APPENDS, [recipient(0)] * PEOPLE, 500, workshop.count(4_000)),
    }
    async with workshop.readers(Shape()) as servers:
        for server, number in product(servers, range(PEOPLE)):
            letters.fill(server, recipient(number), 1)  # their first sign-in is not measured
        await _in_turn(workshop, servers, plans, tally)
    return tally.figures(dict.fromkeys(plans, "1.5× → 3×"))


class _Plan:
    """A talk, but for the port and the round."""

    def __init__(self, work: Work, addresses: list[str], count: int, operations: int) -> None:
        self._work = work
        self._addresses = addresses
        self._letters = count
        self._operations = operations

    def talk(self, server: Server, number: int) -> Talk:
        """To that server, in that round."""
        return Talk(
            server.imap, self._work, self._addresses, self._letters, self._operations, _SECONDS, number
        )


async def _in_turn(
    workshop: Workshop, servers: Sequence[Server], plans: dict[str, _Plan], tally: Tally
) -> None:
    """Each round, each plan: every server."""
    for number in range(workshop.rounds(_ROUNDS)):
        for name, plan in plans.items():
            for server in servers:
                rate, cpu = await talked(server, plan.talk(server, number))
                tally.add(server, name, rate, cpu)
