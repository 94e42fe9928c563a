"""Sums of a month in the database: ``service.ports.statistics.Statistics``. domain.md §8."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalKind
from vaguemestre.service.ports.statistics import (
    ALL_DOMAINS,
    COMPARED,
    LEVELS,
    Cell,
    Cursor,
    Figure,
    Line,
    Side,
    Standing,
    Told,
)
from vaguemestre.service.statistics.folding import COUNTED
from vaguemestre.store.dialects.connection import Connection, Parameters
from vaguemestre.store.times import to_micros

_EVENTS: Final = ", ".join(f"'{event}'" for event in COUNTED)
_LEVELS: Final = ", ".join(sorted(f"'{figure.value}'" for figure in LEVELS))
_COMPARED: Final = ", ".join(sorted(f"'{figure.value}'" for figure in COMPARED))
_REACHED: Final = "'delivered', 'read', 'rejected', 'expired'"

_CURSOR: Final = "SELECT since, journal, traces FROM statistic_cursor WHERE id = 1"
_BEGIN: Final = """
INSERT INTO statistic_cursor (id, since, journal, traces) VALUES (1, :since, 0, 0)
ON CONFLICT (id) DO UPDATE SET since = excluded.since, journal = 0, traces = 0
"""
_CLEAR: Final = f"DELETE FROM statistic WHERE month >= :since AND figure NOT IN ({_LEVELS})"  # noqa: S608 (words of ours)
_MOVE: Final = """
UPDATE statistic_cursor SET journal = :journal, traces = :traces
WHERE id = 1 AND since = :since AND journal = :journal_before AND traces = :traces_before
"""
_ADD: Final = """
INSERT INTO statistic (month, domain, kind, figure, about, value)
VALUES (:month, :domain, :kind, :figure, :about, :value)
ON CONFLICT (month, domain, kind, figure, about) DO UPDATE SET value = statistic.value + excluded.value
"""
_CLEAR_LEVELS: Final = f"DELETE FROM statistic WHERE month = :month AND figure IN ({_LEVELS})"  # noqa: S608 (the same)
_MONTH_BEFORE: Final = "SELECT month FROM statistic WHERE month < :month ORDER BY month DESC LIMIT 1"
_DOMAINS: Final = f"""
SELECT DISTINCT domain FROM statistic WHERE month = :month AND domain <> '{ALL_DOMAINS}' ORDER BY domain
"""  # noqa: S608 (the same)
_READ: Final = """
SELECT month, domain, kind, figure, about, value FROM statistic WHERE month = :month AND domain = :domain
ORDER BY kind, figure, about
"""
_BY_DOMAIN: Final = f"""
SELECT month, domain, '', figure, about, SUM(value) FROM statistic
WHERE month = :month AND domain >= :first AND domain <= :last AND domain <> '{ALL_DOMAINS}'
AND figure IN ({_COMPARED})
GROUP BY month, domain, figure, about ORDER BY domain, figure, about
"""  # noqa: S608 (the same)
_LAST_LINE: Final = "SELECT seq FROM journal WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1"
_LINES: Final = f"""
SELECT at, actor, event, bal, detail FROM journal
WHERE seq > :after AND seq <= :until AND event IN ({_EVENTS}) ORDER BY seq
"""  # noqa: S608 (the same)
_SIDES: Final = "SELECT id, address, kind FROM bal WHERE id ANY_OF(:ids)"
_SIDE_OF: Final = (
    "SELECT b.address, b.kind FROM alias a JOIN bal b ON b.id = a.bal WHERE a.address_key = :key"
)
_LAST_TRACE: Final = """
SELECT id FROM submission WHERE accepted_at < :at ORDER BY accepted_at DESC, id DESC LIMIT 1
"""
_TOLD: Final = f"""
SELECT s.accepted_at, b.address, b.kind, CASE WHEN f.state = 'read' THEN f.at END
FROM submission s JOIN fate f ON f.submission = s.id
JOIN alias a ON a.address_key = f.recipient_key JOIN bal b ON b.id = a.bal
WHERE s.id > :after AND s.id <= :until AND f.state IN ({_REACHED}) AND f.status = ''
"""  # noqa: S608 (the same)
_STANDING: Final = """
SELECT b.id, b.address, b.kind, b.state, b.is_unlisted, b.used, p.seen_on
FROM bal b LEFT JOIN presence p ON p.bal = b.id WHERE b.id > :after ORDER BY b.id LIMIT :limit
"""
_AFTER_ALL: Final = "9999-99"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC).date()


class StatisticTable:
    """By primary keys, and by the journal's index of places."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def cursor(self) -> Cursor | None:
        """One row."""
        row = self._connection.one(_CURSOR, {})
        return None if row is None else Cursor(*row)

    def begin(self, since: str) -> None:
        """Levels stay: they cannot be counted anew."""
        self._connection.run(_BEGIN, {"since": since})
        self._connection.run(_CLEAR, {"since": since})

    def counted(self, before: Cursor, after: Cursor) -> bool:
        """Whoever comes second waits here, and finds that it stands elsewhere."""
        moved: Parameters = {
            "since": before.since,
            "journal": after.journal,
            "traces": after.traces,
            "journal_before": before.journal,
            "traces_before": before.traces,
        }
        return self._connection.run(_MOVE, moved) == 1

    def add(self, sums: Mapping[Cell, int]) -> None:
        """In one order, so that nobody waits crosswise."""
        if sums:
            rows: list[Parameters] = [{**_named(cell), "value": sums[cell]} for cell in sorted(sums)]
            self._connection.many(_ADD, rows)

    def set_levels(self, month: str, sums: Mapping[Cell, int]) -> None:
        """In one transaction."""
        self._connection.run(_CLEAR_LEVELS, {"month": month})
        self.add(sums)

    def months(self) -> list[str]:
        """One after the other by the primary key, whose rows of one month are many."""
        found, month = [], _AFTER_ALL
        while (row := self._connection.one(_MONTH_BEFORE, {"month": month})) is not None:
            month = str(row[0])
            found.append(month)
        return found

    def domains(self, month: str) -> list[str]:
        """The rows of a month are read."""
        return [str(row[0]) for row in self._connection.all(_DOMAINS, {"month": month})]

    def read(self, month: str, domain: str) -> list[tuple[Cell, int]]:
        """By the primary key."""
        return self._cells(_READ, {"month": month, "domain": domain})

    def by_domain(self, month: str, first: str, last: str) -> list[tuple[Cell, int]]:
        """By the primary key; the rows of these domains are read."""
        return self._cells(_BY_DOMAIN, {"month": month, "first": first, "last": last})

    def _cells(self, statement: str, parameters: Parameters) -> list[tuple[Cell, int]]:
        return [
            (Cell(month, domain, kind, Figure(figure), about), int(value))
            for month, domain, kind, figure, about, value in self._connection.all(statement, parameters)
        ]

    def last_line(self) -> int:
        """By the index of places."""
        row = self._connection.one(_LAST_LINE, {})
        return 0 if row is None else int(row[0])

    def lines(self, after: int, until: int) -> list[Line]:
        """By the index of places."""
        return [Line(*row) for row in self._connection.all(_LINES, {"after": after, "until": until})]

    def sides(self, bals: Iterable[int]) -> dict[int, Side]:
        """By the primary key."""
        rows = self._connection.all(_SIDES, {"ids": sorted(bals)})
        return {number: _side(address, kind) for number, address, kind in rows}

    def side_of(self, address: Address) -> Side | None:
        """Under any of its addresses."""
        row = self._connection.one(_SIDE_OF, {"key": address.key})
        return None if row is None else _side(*row)

    def last_trace(self, before: datetime) -> int:
        """By the index of moments."""
        row = self._connection.one(_LAST_TRACE, {"at": to_micros(before)})
        return 0 if row is None else int(row[0])

    def told(self, after: int, until: int) -> list[Told]:
        """By the primary keys."""
        rows = self._connection.all(_TOLD, {"after": after, "until": until})
        return [Told(at, _side(address, kind), read_at) for at, address, kind, read_at in rows]

    def standing(self, after: int, limit: int) -> list[Standing]:
        """By the primary key."""
        rows = self._connection.all(_STANDING, {"after": after, "limit": limit})
        return [
            Standing(number, _side(address, kind), state, bool(unlisted), used, _day(seen_on))
            for number, address, kind, state, unlisted, used, seen_on in rows
        ]


def _named(cell: Cell) -> Parameters:
    month, domain, kind, figure, about = cell
    return {"month": month, "domain": domain, "kind": kind, "figure": figure.value, "about": about}


def _side(address: str, kind: str) -> Side:
    return Side(address.rpartition("@")[2].lower(), BalKind(kind))


def _day(number: int | None) -> date | None:
    return None if number is None else _EPOCH + timedelta(days=number)
