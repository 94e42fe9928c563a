"""What is read when somebody asks how the service is: what was counted, and what stands now.

A look at the store costs two indexes and is kept for some seconds, however many ask.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from importlib.metadata import version
from time import monotonic
from typing import Final, Protocol

from vaguemestre.service.health.figures import Family, Figure, Figures, Shape
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.directory import Directory
from vaguemestre.service.ports.outbound import QueueDepth
from vaguemestre.service.ports.store import Store, StoreBusyError, Transaction
from vaguemestre.service.ports.trust import Trust

_KEPT: Final = 5.0  # seconds
_COUNTED: Final = 100_000  # of a state: what is over says no more than this does


CONNECTIONS: Final = Figure(
    "vaguemestre_connections", Shape.GAUGE, "Clients connected now, by door.", ("door",)
)
QUEUE: Final = Figure(
    "vaguemestre_queue_deliveries",
    Shape.GAUGE,
    f"Deliveries to other operators that are queued, by state; {_COUNTED} at most are counted.",
    ("state",),
)
QUEUE_AGE: Final = Figure(
    "vaguemestre_queue_oldest_age_seconds", Shape.GAUGE, "How long the oldest queued delivery has waited."
)
TRUST_AGE: Final = Figure(
    "vaguemestre_trust_list_age_seconds", Shape.GAUGE, "The age of the trust list in force."
)
DIRECTORY_AGE: Final = Figure(
    "vaguemestre_directory_age_seconds", Shape.GAUGE, "The age of the directory that is searched."
)
STORE_UP: Final = Figure(
    "vaguemestre_store_up", Shape.GAUGE, "Whether the database answered when these numbers were read."
)
STARTED: Final = Figure(
    "vaguemestre_start_time_seconds", Shape.GAUGE, "When this process began, in seconds since 1970."
)
BUILD: Final = Figure("vaguemestre_build_info", Shape.GAUGE, "Which release this is.", ("version",))
PROCESSOR: Final = Figure("vaguemestre_process_cpu_seconds", Shape.COUNTER, "Processor time of this process.")


class Exposition(Protocol):
    """Writes figures down for who collects them."""

    @property
    def content_type(self) -> str: ...  # noqa: D102 (said by its name)

    def text(self, families: Sequence[Family]) -> bytes:
        """All of them in one page."""
        ...


class Gauges:
    """What stands now. ``connections``: clients by door."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        trust: Trust | None,
        clock: Clock,
        connections: Callable[[], Mapping[str, int]],
    ) -> None:
        self._store = store
        self._directory = directory
        self._trust = trust
        self._clock = clock
        self._connections = connections
        self._started_at = clock.now()

    async def read(self) -> list[Family]:
        """What the store does not tell is told all the same."""
        found = list(self._in_memory())
        try:
            depth = await self._store.read(partial(_depth, _COUNTED))
            directory = await self._directory.state()
        except StoreBusyError:
            return [*found, Family(STORE_UP, {(): 0.0})]
        states: dict[tuple[str, ...], float] = {
            (state.value,): float(count) for state, count in depth.deliveries.items()
        }
        found += [
            Family(STORE_UP, {(): 1.0}),
            Family(QUEUE, states),
            Family(QUEUE_AGE, {(): self._age(depth.oldest) if depth.oldest is not None else 0.0}),
        ]
        if directory is not None:
            found.append(Family(DIRECTORY_AGE, {(): self._age(directory.published_at)}))
        return found

    def _in_memory(self) -> Iterator[Family]:
        clients = self._connections()
        times = os.times()
        yield Family(CONNECTIONS, {(door,): float(count) for door, count in clients.items()})
        yield Family(STARTED, {(): self._started_at.timestamp()})
        yield Family(BUILD, {(version("vaguemestre"),): 1.0})
        yield Family(PROCESSOR, {(): times.user + times.system})
        made_at = self._trust.generated_at if self._trust is not None else None
        if made_at is not None:
            yield Family(TRUST_AGE, {(): self._age(made_at)})

    def _age(self, since: datetime) -> float:
        return max(0.0, (self._clock.now() - since).total_seconds())


class Readings:
    """All the figures of this process, for machines and for the console."""

    def __init__(self, figures: Figures, gauges: Gauges) -> None:
        self._figures = figures
        self._gauges = gauges
        self._kept: list[Family] = []
        self._kept_until = 0.0

    async def read(self) -> list[Family]:
        """What was counted is of this moment; what stands, of some seconds ago at most."""
        if monotonic() >= self._kept_until:
            self._kept = await self._gauges.read()
            self._kept_until = monotonic() + _KEPT
        return [*self._figures.read(), *self._kept]


def _depth(most: int, tx: Transaction) -> QueueDepth:
    return tx.outbound.depth(most)
