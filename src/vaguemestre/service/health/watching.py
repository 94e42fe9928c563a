"""What people look at of the service's health: charts of what was, and numbers of now.

Charts and numbers are of all processes. Charts are read when somebody asks; numbers of now are in memory, as
each process tells them (``pulse``), but for the queue, which is read for all who look once in a few seconds.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from vaguemestre.service.health.readings import QUEUE_AGE, Readings
from vaguemestre.service.health.sampling import Sampling
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.sample import Bucket, Series, Step
from vaguemestre.service.ports.store import Store

MOST_WATCHERS: Final = 20
MOST_OF_ONE: Final = 3  # tabs of a session


class TooManyWatchers(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """Numbers go to so many at once, and no more."""


class Period(StrEnum):
    """How far back."""

    DAY = "day"
    QUARTER = "quarter"


class _Shape(NamedTuple):
    step: Step
    length: timedelta
    span: timedelta


_SHAPES: Final = {
    Period.DAY: _Shape(Step.MINUTE, timedelta(hours=24), timedelta(minutes=30)),
    Period.QUARTER: _Shape(Step.HOUR, timedelta(days=90), timedelta(days=1)),
}


class History(NamedTuple):
    """``moments``: when each span began, the oldest first, the last one under way."""

    moments: tuple[datetime, ...]
    span: timedelta
    buckets: list[Bucket]


class Now(NamedTuple):
    """A minute's worth. ``queue_age`` and ``write_seconds`` are None where there is nothing to tell."""

    accepted: dict[str, float]
    refusals: dict[str, float]
    sign_in_failures: dict[str, float]
    write_seconds: float | None
    queue_age: float | None
    connections: dict[str, int]


class HealthWatch:
    """``readings`` are this process's."""

    def __init__(self, store: Store, clock: Clock, sampling: Sampling, readings: Readings) -> None:
        self._store = store
        self._clock = clock
        self._sampling = sampling
        self._readings = readings
        self._watchers: Counter[bytes] = Counter()

    async def history(self, period: Period) -> History:
        """All that was sampled in it. Raises StoreBusyError."""
        step, length, span = _SHAPES[period]
        seconds = int(span.total_seconds())
        last = int(self._clock.now().timestamp()) // seconds * seconds
        count = int(length / span)
        zone = self._clock.now().tzinfo
        moments = tuple(
            datetime.fromtimestamp(last - seconds * back, zone) for back in range(count - 1, -1, -1)
        )
        buckets: list[Bucket] = []
        for since in moments:  # one at a time: all at once would hold the event loop for a tenth of a second
            buckets += await self._store.read(
                lambda tx: tx.samples.read(step, since, since + span, seconds)  # noqa: B023 (run before the loop goes on)
            )
            await asyncio.sleep(0)
        return History(moments, span, buckets)

    async def now(self) -> Now:
        """As things are; what the store does not tell is None."""
        families = {family.figure: family.values for family in await self._readings.read()}
        pulse = self._sampling.pulse_of_all()
        rates: dict[Series, dict[str, float]] = {series: {} for series in Series}
        for (series, label), rate in pulse.rates.items():
            rates[series][label] = rate
        writes = rates[Series.WRITES].get("", 0.0)
        age = families.get(QUEUE_AGE)
        return Now(
            rates[Series.ACCEPTED],
            rates[Series.REFUSALS],
            rates[Series.SIGN_IN_FAILURES],
            rates[Series.WRITE_SECONDS].get("", 0.0) / writes if writes else None,
            None if age is None else age[()],
            dict(pulse.connections),
        )

    @contextmanager
    def watcher(self, session: bytes) -> Iterator[None]:
        """One more, while the block lasts. Raises TooManyWatchers."""
        if self._watchers.total() >= MOST_WATCHERS or self._watchers[session] >= MOST_OF_ONE:
            raise TooManyWatchers
        self._watchers[session] += 1
        try:
            yield
        finally:
            self._watchers[session] -= 1
            if not self._watchers[session]:
                del self._watchers[session]
