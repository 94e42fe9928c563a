"""Lines of the journal about what may happen a thousand times a minute: the first, and a count of the others.

Somebody who guesses passwords writes no line a guess: of what is alike (same account, same network, same
outcome) the first has a line in the transaction that decides on it, and the others of that hour one more,
that says how many they were. Of firsts too there are only so many a minute, and what is remembered is
bounded: the rest is counted together. What is counted is in memory; a process that is killed forgets an
hour's counts at most, never a first line.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from vaguemestre.mail.correspondent import PartyId
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Transaction

WINDOW: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_MOST_KINDS: Final = 10_000  # some 500 octets each: 5 MB


class Kind(NamedTuple):
    """What makes two occurrences alike; ``detail`` as pairs."""

    actor: str
    event: str
    bal: PartyId | None
    detail: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class _Count:
    since: datetime
    last: datetime
    times: int = 0


class GroupedLines:
    """Those of one process. ``others`` is what is counted together; ``firsts`` how many a minute."""

    def __init__(self, others: Kind, firsts: int, most: int = _MOST_KINDS) -> None:
        self._others = others
        self._firsts = firsts
        self._most = most
        self._counts: OrderedDict[Kind, _Count] = OrderedDict()
        self._left: list[JournalEntry] = []
        self._minute: datetime | None = None
        self._this_minute = 0

    def first(self, kind: Kind, now: datetime) -> JournalEntry | None:
        """The line to record now; None when this one is counted. ``undo`` when it was not recorded."""
        known = self._counts.get(kind)
        if known is None and not self._may_be_first(now):
            kind = self._others
            known = self._counts.setdefault(kind, _Count(now, now))
        if known is not None:
            known.times += 1
            known.last = now
            return None
        self._counts[kind] = _Count(now, now)
        if len(self._counts) > self._most:
            self._let_go(*self._counts.popitem(last=False))
        return JournalEntry(now, kind.actor, kind.event, kind.bal, dict(kind.detail))

    def undo(self, kind: Kind) -> None:
        """Its line was not recorded: the next is a first again."""
        self._counts.pop(kind, None)

    def postpone(self, kind: Kind, now: datetime) -> None:
        """Its line could not be recorded, and what it tells took place: it is counted with those after it."""
        self._counts.setdefault(kind, _Count(now, now)).times += 1

    def put_back(self, lines: list[JournalEntry]) -> None:
        """What ``due`` gave could not be recorded: the next time gives it again."""
        self._left = lines + self._left

    def due(self, now: datetime, limit: int, *, all_: bool = False) -> list[JournalEntry]:
        """Lines of what was counted for an hour, or of everything; forgotten when they are taken."""
        while self._counts:
            kind, count = next(iter(self._counts.items()))
            if not all_ and now - count.since < WINDOW:
                break
            del self._counts[kind]
            self._let_go(kind, count)
        due, self._left = self._left[:limit], self._left[limit:]
        return due

    def _may_be_first(self, now: datetime) -> bool:
        if self._minute is None or now - self._minute >= _MINUTE:
            self._minute, self._this_minute = now, 0
        self._this_minute += 1
        return self._this_minute <= self._firsts

    def _let_go(self, kind: Kind, count: _Count) -> None:
        if not count.times:
            return
        told = {"times": str(count.times), "since": count.since.isoformat()}
        self._left.append(
            JournalEntry(count.last, kind.actor, kind.event, kind.bal, {**dict(kind.detail), **told})
        )


def record_all(tx: Transaction, lines: list[JournalEntry]) -> None:
    """In one unit of work."""
    for line in lines:
        tx.journal.record(line)
