"""The journal searched in the database: ``service.ports.journal_search.JournalSearch``.

There are indexes of bals and of events, and the primary key. Moments have none: lines are numbered as they
are written, so that a moment is found by halving. Whoever asks for an actor alone bounds the numbers himself.
"""

from datetime import datetime, timedelta
from typing import Final

from vaguemestre.service.ports.audit import KeptLine
from vaguemestre.service.ports.journal_search import LinesAsked
from vaguemestre.store.dialects.connection import Connection, Parameters
from vaguemestre.store.times import to_micros

_FIRST_EVENT: Final = "SELECT event FROM journal ORDER BY event LIMIT 1"
_NEXT_EVENT: Final = "SELECT event FROM journal WHERE event > :after ORDER BY event LIMIT 1"
_MOST_EVENTS: Final = 500
_ENDS: Final = "SELECT min(id), max(id) FROM journal"
_FROM: Final = "SELECT id, at FROM journal WHERE id >= :id ORDER BY id LIMIT 1"
_LINES: Final = """
SELECT id, at, actor, event, bal, detail, salt, seal, seq, head FROM journal
WHERE id >= :first AND id < :before
"""
_DISORDER: Final = timedelta(minutes=10)
"""How much later than its moment a line may be numbered: units wait for one another, clocks are set."""


class JournalSearchTable:
    """Over the journal's rows."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def events(self) -> list[str]:
        """One look into the index for each."""
        found: list[str] = []
        row = self._connection.one(_FIRST_EVENT, {})
        while row is not None and len(found) < _MOST_EVENTS:
            found.append(str(row[0]))
            row = self._connection.one(_NEXT_EVENT, {"after": row[0]})
        return found

    def first_since(self, moment: datetime) -> int:
        """Some thirty looks into the primary key, however many lines there are."""
        ends = self._connection.one(_ENDS, {})
        if ends is None or ends[0] is None:
            return 0
        low, high, at = int(ends[0]), int(ends[1]) + 1, to_micros(moment - _DISORDER)
        while low < high:
            middle = (low + high) // 2
            row = self._connection.one(_FROM, {"id": middle})
            if row is None or row[1] >= at:
                high = middle
            else:
                low = int(row[0]) + 1
        return low

    def found(self, asked: LinesAsked, limit: int) -> list[KeptLine]:
        """By the index of bals or of events where one is asked for, else by number."""
        statement, values = _LINES, {"first": asked.first, "before": asked.before, "limit": limit}
        more: Parameters = {
            "bal": asked.bal,
            "actor": asked.actor,
            "event": asked.event,
            "since": None if asked.since is None else to_micros(asked.since),
            "until": None if asked.until is None else to_micros(asked.until),
        }
        given = {name: value for name, value in more.items() if value is not None}
        statement += "".join(_CONDITIONS[name] for name in given)
        rows = self._connection.all(statement + _LATEST_FIRST, {**values, **given})
        return [KeptLine(*row) for row in rows]


_CONDITIONS: Final = {
    "bal": " AND bal = :bal",
    "actor": " AND actor = :actor",
    "event": " AND event = :event",
    "since": " AND at >= :since",
    "until": " AND at < :until",
}
_LATEST_FIRST: Final = " ORDER BY id DESC LIMIT :limit"
