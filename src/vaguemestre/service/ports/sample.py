"""Samples of how the service is, kept for people: minutes for a day, hours for a quarter of a year."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol


class Series(StrEnum):
    """What is sampled. Counts are summed; of what stands at a moment the greatest is kept."""

    ACCEPTED = "accepted"
    REFUSALS = "refusals"
    SIGN_IN_FAILURES = "sign_in_failures"
    WRITES = "writes"
    WRITE_SECONDS = "write_seconds"
    CONNECTIONS = "connections"
    QUEUE_AGE = "queue_age"

    @property
    def is_level(self) -> bool:
        """Whether it stands at a moment: an hour has the greatest of its minutes, not their sum."""
        return self in {Series.CONNECTIONS, Series.QUEUE_AGE}

    @property
    def is_shared(self) -> bool:
        """Whether every process sees the same: then they are not added up."""
        return self is Series.QUEUE_AGE


class Step(StrEnum):
    """How long a sample stands for."""

    MINUTE = "minute"
    HOUR = "hour"


class Point(NamedTuple):
    """A number of a series, by its label."""

    series: Series
    label: str
    value: float


class Bucket(NamedTuple):
    """What a series was from a moment on, for as long as was asked."""

    at: datetime
    point: Point


class Samples(Protocol):
    """A few tens of rows a minute, and an hour."""

    def add(self, minute: datetime, points: Sequence[Point]) -> None:
        """What one process saw in a minute; joined with what others saw in it."""
        ...

    def fold(self, since: datetime, before: datetime) -> int:
        """Make the hours of the minutes between two hours, anew where they are made; how many."""
        ...

    def forget(self, step: Step, before: datetime) -> None: ...  # noqa: D102 (said by its name)

    def read(self, step: Step, since: datetime, before: datetime, seconds: int) -> list[Bucket]:
        """By spans of so many seconds, counted from 1970 UTC; the oldest first."""
        ...
