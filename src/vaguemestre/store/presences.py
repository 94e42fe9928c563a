"""When accounts were last seen, in the database: ``service.ports.presence.Presences``. domain.md §3."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta
from typing import Final

from vaguemestre.mail.bal import Bal, BalId, BalKind, BalState
from vaguemestre.service.ports.presence import Presence
from vaguemestre.store import statements
from vaguemestre.store.bals import bal_from
from vaguemestre.store.dialects.connection import Connection, Parameters

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC).date()

_OF: Final = "SELECT seen_on, warned_on FROM presence WHERE bal = :bal"
_NOTE: Final = """
INSERT INTO presence (bal, seen_on, warned_on) VALUES (:bal, :day, NULL)
ON CONFLICT (bal) DO UPDATE SET seen_on = excluded.seen_on, warned_on = NULL
    WHERE presence.seen_on <= excluded.seen_on
"""
_WARNED: Final = "UPDATE presence SET warned_on = :day WHERE bal = :bal"
_QUIET: Final = f"""
SELECT p.seen_on, p.warned_on, {statements.BAL_COLUMNS} FROM presence p JOIN bal b ON b.id = p.bal
WHERE p.seen_on <= :seen_by
"""  # noqa: S608 (written there)
_NOT_WARNED: Final = _QUIET + " AND p.warned_on IS NULL AND {} ORDER BY p.seen_on, p.bal LIMIT :limit"
_WARNED_BY: Final = _QUIET + " AND p.warned_on <= :warned_by AND {} ORDER BY p.seen_on, p.bal LIMIT :limit"


def _number(day: date) -> int:
    return (day - _EPOCH).days


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)


class PresenceTable:
    """Days are numbers since 1970."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def of(self, bal: BalId) -> Presence | None:
        """By the primary key."""
        row = self._connection.one(_OF, {"bal": bal})
        return None if row is None else _presence(*row)

    def note(self, bal: BalId, day: date) -> None:
        """An earlier day changes nothing."""
        self._connection.run(_NOTE, {"bal": bal, "day": _number(day)})

    def warned(self, bal: BalId, day: date) -> None:
        """Nothing happens when it was never noted."""
        self._connection.run(_WARNED, {"bal": bal, "day": _number(day)})

    def quiet(
        self,
        kinds: Collection[BalKind],
        states: Collection[BalState],
        seen_by: date,
        warned_by: date | None,
        limit: int,
    ) -> list[tuple[Bal, Presence]]:
        """By the index of days; kinds and states are words of ours, never anybody's text."""
        if not kinds or not states:
            return []
        named = (("kind", sorted(kind.value for kind in kinds)), ("state", sorted(s.value for s in states)))
        among = " AND ".join(f"b.{what} IN ({', '.join(map(repr, words))})" for what, words in named)
        asked: Parameters = {"seen_by": _number(seen_by), "limit": limit}
        if warned_by is None:
            rows = self._connection.all(_NOT_WARNED.format(among), asked)
        else:
            rows = self._connection.all(_WARNED_BY.format(among), {**asked, "warned_by": _number(warned_by)})
        return [(bal_from(row[2:]), _presence(*row[:2])) for row in rows]


def _presence(seen_on: int, warned_on: int | None) -> Presence:
    return Presence(_day(seen_on), None if warned_on is None else _day(warned_on))
