"""Samples in the database: ``service.ports.sample.Samples``.

Each row is joined with what stands there in one statement, so that processes need not know of one another; an
hour is made anew from its minutes, so that making it twice does no harm.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from vaguemestre.service.ports.sample import Bucket, Point, Series, Step
from vaguemestre.store.dialects.connection import Connection, Parameters, Row

_ADD: Final = """
INSERT INTO sample (step, at, series, label, value) VALUES ('minute', :at, :series, :label, :value)
ON CONFLICT (step, at, series, label) DO UPDATE SET value = sample.value + excluded.value
"""
_RAISE: Final = """
INSERT INTO sample (step, at, series, label, value) VALUES ('minute', :at, :series, :label, :value)
ON CONFLICT (step, at, series, label) DO UPDATE SET value = excluded.value
    WHERE sample.value < excluded.value
"""
_FOLD: Final = """
INSERT INTO sample (step, at, series, label, value)
SELECT 'hour', at / 3600 * 3600, series, label,
    CASE WHEN series IN ('connections', 'queue_age') THEN max(value) ELSE sum(value) END
FROM sample WHERE step = 'minute' AND at >= :since AND at < :before
GROUP BY at / 3600 * 3600, series, label
ON CONFLICT (step, at, series, label) DO UPDATE SET value = excluded.value
"""
_FORGET: Final = "DELETE FROM sample WHERE step = :step AND at < :before"
_READ: Final = """
SELECT at / CAST(:seconds AS BIGINT) * CAST(:seconds AS BIGINT), series, label, sum(value), max(value)
FROM sample WHERE step = :step AND at >= :since AND at < :before GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


class SampleTable:
    """By its primary key alone."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def add(self, minute: datetime, points: Sequence[Point]) -> None:
        """In one go across the socket, each kind; in one order, so that processes do not wait crosswise."""
        at = _seconds(minute)
        for statement, is_shared in ((_ADD, False), (_RAISE, True)):
            rows: list[Parameters] = [
                {"at": at, "series": point.series.value, "label": point.label, "value": float(point.value)}
                for point in sorted(points)
                if point.series.is_shared is is_shared
            ]
            if rows:
                self._connection.many(statement, rows)

    def fold(self, since: datetime, before: datetime) -> int:
        """In one statement."""
        span: Parameters = {"since": _seconds(since), "before": _seconds(before)}
        return self._connection.run(_FOLD, span)

    def forget(self, step: Step, before: datetime) -> None:
        """By the primary key."""
        self._connection.run(_FORGET, {"step": step.value, "before": _seconds(before)})

    def read(self, step: Step, since: datetime, before: datetime, seconds: int) -> list[Bucket]:
        """Added up, or the greatest, by the database."""
        asked: Parameters = {
            "step": step.value,
            "since": _seconds(since),
            "before": _seconds(before),
            "seconds": seconds,
        }
        return list(map(_bucket, self._connection.all(_READ, asked)))


def _bucket(row: Row) -> Bucket:
    at, series, label, total, greatest = row
    kept = Series(series)
    value = float(greatest if kept.is_level else total)
    return Bucket(datetime.fromtimestamp(at, UTC), Point(kept, label, value))


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
