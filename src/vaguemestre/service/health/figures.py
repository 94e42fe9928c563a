"""What happened since this process began, in numbers: counted where it happens, read by who asks.

Counting is an addition in a dict, in the event loop's thread; how the numbers are written down is the affair
of an adapter (``exposition``). Labels are words of ours: a value that could be somebody's address or number
is counted as ``other``, and so is one word too many, so that no client decides how much is kept.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

MOST_LABELS: Final = 200  # of one figure: there are some fifty rules, and nothing has more words than they
OTHER: Final = "other"

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9 _.-]{0,39}")
_DIGITS: Final = re.compile(r"[0-9]{9}")

# Seconds. A commit takes 0.2 to 20 ms on a disk that is well, and what makes clients wait is a second.
_WRITE_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_LAG_BOUNDS: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0)


class Shape(StrEnum):
    """How a figure moves: up only, up and down, or spread over bounds."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Figure(NamedTuple):
    """One number, or one a label: its name, without the suffixes that its shape adds."""

    name: str
    shape: Shape
    help: str
    labels: tuple[str, ...] = ()


ACCEPTED: Final = Figure(
    "vaguemestre_messages_accepted",
    Shape.COUNTER,
    "Messages accepted, by the kind of their sender and the door they came in by.",
    ("kind", "door"),
)
REFUSALS: Final = Figure(
    "vaguemestre_refusals", Shape.COUNTER, "Senders, recipients and messages refused, by rule.", ("rule",)
)
SIGN_INS: Final = Figure("vaguemestre_sign_ins", Shape.COUNTER, "Sign-ins that succeeded.", ("door",))
SIGN_IN_FAILURES: Final = Figure(
    "vaguemestre_sign_in_failures", Shape.COUNTER, "Sign-ins that were refused.", ("door", "reason")
)
SENT: Final = Figure(
    "vaguemestre_recipients_sent",
    Shape.COUNTER,
    "Recipients at other operators, by what their server said: accepted, refused, deferred.",
    ("outcome",),
)
JOB_FAILURES: Final = Figure(
    "vaguemestre_job_failures", Shape.COUNTER, "Pieces of background work that failed.", ("job",)
)
WRITES: Final = Figure(
    "vaguemestre_store_write_seconds",
    Shape.HISTOGRAM,
    "From handing a unit of work to the store until it is durable.",
)
LOOP_LAG: Final = Figure(
    "vaguemestre_event_loop_lag_seconds", Shape.HISTOGRAM, "How much later than asked the event loop comes."
)


class Tally:
    """Counts by labels."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[tuple[str, ...], int] = {}

    def add(self, *labels: str, by: int = 1) -> None:
        """One more, or several."""
        try:
            self._counts[labels] += by
        except KeyError:
            self._first(labels, by)

    def _first(self, labels: tuple[str, ...], by: int) -> None:
        bounded = tuple(map(_bounded, labels))
        if bounded not in self._counts and len(self._counts) >= MOST_LABELS:
            bounded = (OTHER,) * len(labels)
        self._counts[bounded] = self._counts.get(bounded, 0) + by

    @property
    def total(self) -> int:
        """Whatever the labels."""
        return sum(self._counts.values())

    def read(self) -> dict[tuple[str, ...], float]:
        """As it stands now."""
        return dict(self._counts)


def _bounded(label: str) -> str:
    return label if _WORD.fullmatch(label) and not _DIGITS.search(label) else OTHER


class Spread:
    """How long something took, each time. Written in one thread."""

    __slots__ = ("_bounds", "_counts", "_total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._counts = [0] * (len(bounds) + 1)
        self._total = 0.0

    def took(self, seconds: float) -> None:
        """One time more."""
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._total += seconds

    def read(self) -> "Spreading":
        """As it stands now."""
        return Spreading(dict(zip((*self._bounds, float("inf")), self._counts, strict=True)), self._total)


class Spreading(NamedTuple):
    """``counts``: how many were within each bound and not within the one before; ``total`` in seconds."""

    counts: Mapping[float, int]
    total: float


class Family(NamedTuple):
    """A figure and what it is now, by its labels. ``spreading`` for histograms, which have no labels."""

    figure: Figure
    values: Mapping[tuple[str, ...], float]
    spreading: Spreading | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """One process's."""

    accepted: Tally = field(default_factory=Tally)
    refusals: Tally = field(default_factory=Tally)
    sign_ins: Tally = field(default_factory=Tally)
    sign_in_failures: Tally = field(default_factory=Tally)
    sent: Tally = field(default_factory=Tally)
    job_failures: Tally = field(default_factory=Tally)
    writes: Spread = field(default_factory=lambda: Spread(_WRITE_BOUNDS))
    loop_lag: Spread = field(default_factory=lambda: Spread(_LAG_BOUNDS))

    def read(self) -> Iterator[Family]:
        """All of them, as they stand now."""
        yield Family(ACCEPTED, self.accepted.read())
        yield Family(REFUSALS, self.refusals.read())
        yield Family(SIGN_INS, self.sign_ins.read())
        yield Family(SIGN_IN_FAILURES, self.sign_in_failures.read())
        yield Family(SENT, self.sent.read())
        yield Family(JOB_FAILURES, self.job_failures.read())
        yield Family(WRITES, {}, self.writes.read())
        yield Family(LOOP_LAG, {}, self.loop_lag.read())
