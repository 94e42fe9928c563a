"""Samples of the counters of this process, written down once a minute for people who look later.

Counters count since the process began: what is written is how much they grew. The last minute of a process
that stops is lost, and one that was cut short loses no more.
"""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

from vaguemestre.service.health.figures import Figures
from vaguemestre.service.health.pulse import Pulse, together
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.sample import Point, Series, Step
from vaguemestre.service.ports.store import Store, Transaction

MINUTES_KEPT: Final = timedelta(hours=25)  # a day, and the hour that is not over
HOURS_KEPT: Final = timedelta(days=91)
_LATE: Final = timedelta(minutes=2)  # what another process may still write of an hour that is over

Counted: TypeAlias = Mapping[tuple[Series, str], float]


class Mark(NamedTuple):
    """What had been counted at a moment."""

    at: datetime
    counted: Counted


class Sampling:
    """One a process; ``watch`` tells it who is connected."""

    def __init__(self, store: Store, clock: Clock, figures: Figures) -> None:
        self._store = store
        self._clock = clock
        self._figures = figures
        self._connections: Callable[[], Mapping[str, int]] = dict
        self._marks: deque[Mark] = deque([Mark(clock.now(), counted(figures))], maxlen=2)
        self._others: dict[int, Pulse] = {}
        self._minute: datetime | None = None
        self._folded: datetime | None = None

    def watch(self, connections: Callable[[], Mapping[str, int]]) -> None:
        """From now on, clients by door."""
        self._connections = connections

    def hear(self, process: int, pulse: Pulse | None) -> None:
        """What another process says of itself, until it says something else; None: it is no more."""
        if pulse is None:
            self._others.pop(process, None)
        else:
            self._others[process] = pulse

    def pulse(self) -> Pulse:
        """Of this process, over the last minute or two. Nothing is read but memory."""
        now, since = self._clock.now(), self._marks[0]
        minutes = max(1.0, (now - since.at).total_seconds() / 60)
        grown = _grown(since.counted, counted(self._figures))
        return Pulse({name: value / minutes for name, value in grown.items()}, self._connections())

    def pulse_of_all(self) -> Pulse:
        """Of the processes that serve together, as far as they have been heard."""
        return together([self.pulse(), *self._others.values()])

    async def run_once(self, limit: int) -> int:
        """This minute's, once; then hours are made of minutes and the oldest are forgotten. Never more."""
        now = self._clock.now()
        minute = now.replace(second=0, microsecond=0)
        if minute == self._minute:
            return 0
        mark = Mark(now, counted(self._figures))
        points = [
            Point(series, label, value)
            for (series, label), value in _grown(self._marks[-1].counted, mark.counted).items()
        ]
        points += [
            Point(Series.CONNECTIONS, door, count) for door, count in self._connections().items() if count
        ]
        over = (now - _LATE).replace(minute=0, second=0, microsecond=0)

        def unit(tx: Transaction) -> None:
            oldest = tx.outbound.depth(1).oldest
            waited = [] if oldest is None else [Point(Series.QUEUE_AGE, "", (now - oldest).total_seconds())]
            tx.samples.add(minute, [*points, *waited])
            if over != self._folded:
                tx.samples.fold(over - timedelta(days=1), over)
                tx.samples.forget(Step.MINUTE, now - MINUTES_KEPT)
                tx.samples.forget(Step.HOUR, now - HOURS_KEPT)

        await self._store.write(unit, "sample", is_long=over != self._folded)
        self._minute, self._folded = minute, over
        self._marks.append(mark)
        return 0


def counted(figures: Figures) -> Counted:
    """What is sampled of them, as it stands."""
    found: dict[tuple[Series, str], float] = {}
    for series, tally in (
        (Series.ACCEPTED, figures.accepted),
        (Series.REFUSALS, figures.refusals),
        (Series.SIGN_IN_FAILURES, figures.sign_in_failures),
    ):
        for labels, value in tally.read().items():
            # Of a message the kind of its sender, of a refusal its rule, of a failed sign-in the reason.
            label = labels[-1] if series is Series.SIGN_IN_FAILURES else labels[0]
            found[series, label] = found.get((series, label), 0.0) + value
    writes = figures.writes.read()
    found[Series.WRITES, ""] = float(sum(writes.counts.values()))
    found[Series.WRITE_SECONDS, ""] = writes.total
    return found


def _grown(before: Counted, now: Counted) -> Counted:
    grown = {name: value - before.get(name, 0.0) for name, value in now.items()}
    return {name: value for name, value in grown.items() if value}
