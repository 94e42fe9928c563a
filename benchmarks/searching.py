"""SEARCH, SORT and THREAD in one mailbox of 10,000 letters, twice in a fresh session each time."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks import letters
from benchmarks.peers import Shape
from benchmarks.reading import Imap
from benchmarks.servers import PASSWORD, Server, recipient
from benchmarks.workshop import Figure, Tally, Workshop

_COUNT = 10_000
_ROUNDS = 5
_NEEDLE = "000012"  # in some hundred subjects, and in as many texts, but not of the same letters

Answer = Callable[[list[bytes], int], bool]


@dataclass(frozen=True, slots=True)
class _Question:
    name: str
    command: str
    is_right: Answer
    target: str = ""


def _found(of: Callable[[int, int], int]) -> Answer:
    """The letters whose eight digits, as ``of`` gives them, hold the needle."""

    def is_right(lines: list[bytes], count: int) -> bool:
        expected = {number + 1 for number in range(count) if _NEEDLE in f"{of(number, count):08d}"}
        return set(_uids(lines)) == expected

    return is_right


def _sorted(of: Callable[[int, int], int]) -> Answer:
    def is_right(lines: list[bytes], count: int) -> bool:
        ranked = sorted(range(count), key=lambda number: of(number, count))
        return _uids(lines) == [number + 1 for number in ranked]

    return is_right


def _threaded(lines: list[bytes], count: int) -> bool:
    """Each thread begins with its root and holds the nine that answer it."""
    threads = re.findall(rb"\((\d+) ((?:\(\d+\))+)\)", b"".join(lines))
    found = {int(root): sorted(int(uid) for uid in re.findall(rb"\d+", rest)) for root, rest in threads}
    roots = range(1, count + 1, letters.THREAD)
    return found == {root: list(range(root + 1, root + letters.THREAD)) for root in roots}


def _uids(lines: list[bytes]) -> list[int]:
    return [int(word) for word in b"".join(lines).split() if word.isdigit()]


def _arrival(number: int, _count: int) -> int:
    return number


_AIM = "1× → 2×"
_QUESTIONS = (
    _Question("SEARCH SUBJECT", f"UID SEARCH SUBJECT {_NEEDLE}", _found(letters.place), _AIM),
    _Question("SEARCH BODY", f"UID SEARCH BODY {_NEEDLE}", _found(_arrival), _AIM),
    _Question("SEARCH BODY, nowhere", "UID SEARCH BODY introuvable", lambda lines, _: not _uids(lines), _AIM),
    _Question("SORT (ARRIVAL)", "UID SORT (ARRIVAL) UTF-8 ALL", _sorted(_arrival)),
    _Question("SORT (DATE)", "UID SORT (DATE) UTF-8 ALL", _sorted(letters.place)),
    _Question("SORT (SUBJECT)", "UID SORT (SUBJECT) UTF-8 ALL", _sorted(letters.place)),
    _Question("THREAD=REFERENCES", "UID THREAD REFERENCES UTF-8 ALL", _threaded),
)


async def search(workshop: Workshop) -> list[Figure]:
    """Milliseconds of each question; five rounds, medians."""
    count = workshop.count(_COUNT)
    tally = Tally("ms", more_is_better=False)
    async with workshop.readers(Shape()) as servers:
        for server in servers:
            await asyncio.to_thread(letters.fill, server, recipient(0), count)
        for _ in range(workshop.rounds(_ROUNDS)):
            for question in _QUESTIONS:
                for server in servers:
                    first, again = await asyncio.to_thread(_asked, server, question, count)
                    tally.add(server, question.name, first)
                    tally.add(server, f"{question.name}, again", again)
    return tally.figures({question.name: question.target for question in _QUESTIONS})


def _asked(server: Server, question: _Question, count: int) -> list[float]:
    """Milliseconds, in a fresh session and then once more in the same."""
    taken = []
    with Imap(server.imap, recipient(0), PASSWORD) as imap:
        imap.run("SELECT INBOX")
        for _ in range(2):
            start = time.perf_counter()
            lines = imap.run(question.command)
            taken.append((time.perf_counter() - start) * 1000)
            if not question.is_right(lines, count):
                raise RuntimeError(f"{server.name}: {question.name} found others than are there")
    return taken
