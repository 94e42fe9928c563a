"""Grants, what readers did, and birth dates in the database: ``service.ports.access.Grants``."""

from datetime import date, datetime
from typing import Final

from vaguemestre.mail.access import Deed, Grant, GrantId, GrantKind, Right, Terms, Visit
from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.access import NewGrant
from vaguemestre.store.dialects.connection import Connection, Row
from vaguemestre.store.times import from_micros, maybe_from_micros, maybe_to_micros, to_micros
from vaguemestre.store.unit import UnitState

_KINDS: Final = {kind.value: kind for kind in GrantKind}
_RIGHTS: Final = {right.value: right for right in Right}

_GRANT: Final = """
SELECT id, bal, reader, kind, rights, starts_at, ends_at, granted_by, granted_at, reason, revoked_at
FROM access_grant
"""
_ADD: Final = """
INSERT INTO access_grant (bal, reader, kind, rights, starts_at, ends_at, granted_by, granted_at, reason)
VALUES (:bal, :reader, :kind, :rights, :starts_at, :ends_at, :granted_by, :granted_at, :reason) GIVING(id)
"""
_BY_ID: Final = _GRANT + " WHERE id = :id"
_OF_BAL: Final = _GRANT + " WHERE bal = :bal ORDER BY id"
_OF_READER: Final = _GRANT + " WHERE reader = :reader ORDER BY id"
_BETWEEN: Final = _GRANT + " WHERE bal = :bal AND reader = :reader AND revoked_at IS NULL ORDER BY id"
_REVOKE: Final = """
UPDATE access_grant SET revoked_at = :at WHERE id = :id AND revoked_at IS NULL RETURNING id
"""
_SET_END: Final = "UPDATE access_grant SET ends_at = :ends_at WHERE id = :id"
_DID: Final = """
INSERT INTO access_deed (bal, reader, deed, done, began_at, last_at)
VALUES (:bal, :reader, :deed, :count, :now, :now)
ON CONFLICT (bal, reader, deed) DO UPDATE SET done = access_deed.done + excluded.done,
    last_at = excluded.last_at
"""
_VISIT: Final = """
SELECT deed, done, began_at, last_at FROM access_deed WHERE bal = :bal AND reader = :reader
"""
_TO_TELL: Final = """
SELECT bal, reader, max(last_at) AS latest FROM access_deed GROUP BY bal, reader
HAVING max(last_at) <= :quiet OR min(began_at) < :began ORDER BY latest LIMIT :limit
"""
_END_VISIT: Final = "DELETE FROM access_deed WHERE bal = :bal AND reader = :reader"
_BIRTH_DATE: Final = "SELECT born FROM birth_date WHERE bal = :bal"
_SET_BIRTH_DATE: Final = """
INSERT INTO birth_date (bal, born) VALUES (:bal, :born)
ON CONFLICT (bal) DO UPDATE SET born = excluded.born
"""
_FORGET_BIRTH_DATES: Final = """
DELETE FROM birth_date WHERE bal IN (
    SELECT bal FROM birth_date WHERE born < :before ORDER BY born LIMIT :limit
) RETURNING bal
"""


def _grant(row: Row) -> Grant:
    id_, bal, reader, kind, rights, starts_at, ends_at, granted_by, granted_at, reason, revoked_at = row
    terms = Terms(
        _KINDS[kind],
        frozenset(_RIGHTS[word] for word in rights.split(",")),
        from_micros(starts_at),
        maybe_from_micros(ends_at),
    )
    when = from_micros(granted_at)
    return Grant(id_, bal, reader, terms, granted_by, when, reason, maybe_from_micros(revoked_at))


class GrantTable:
    """All three tables."""

    def __init__(self, connection: Connection, state: UnitState):
        self._connection = connection
        self._state = state

    def add(self, new: NewGrant, now: datetime) -> Grant:
        """One more row."""
        terms = new.terms
        number = self._connection.insert(
            _ADD,
            {
                "bal": new.bal,
                "reader": new.reader,
                "kind": terms.kind.value,
                "rights": ",".join(right.value for right in Right if right in terms.rights),
                "starts_at": to_micros(terms.start),
                "ends_at": maybe_to_micros(terms.end),
                "granted_by": new.granted_by,
                "granted_at": to_micros(now),
                "reason": new.reason,
            },
        )
        return Grant(GrantId(number), new.bal, new.reader, terms, new.granted_by, now, new.reason)

    def by_id(self, grant: GrantId) -> Grant | None:
        """None when there is none."""
        row = self._connection.one(_BY_ID, {"id": grant})
        return None if row is None else _grant(row)

    def of_bal(self, bal: BalId) -> list[Grant]:
        """By age."""
        return list(map(_grant, self._connection.all(_OF_BAL, {"bal": bal})))

    def of_reader(self, reader: BalId) -> list[Grant]:
        """By age."""
        return list(map(_grant, self._connection.all(_OF_READER, {"reader": reader})))

    def between(self, bal: BalId, reader: BalId) -> list[Grant]:
        """Revoked ones left out, by age."""
        return list(map(_grant, self._connection.all(_BETWEEN, {"bal": bal, "reader": reader})))

    def revoke(self, grant: GrantId, now: datetime) -> bool:
        """Whether it stood until now."""
        return self._connection.one(_REVOKE, {"id": grant, "at": to_micros(now)}) is not None

    def set_end(self, grant: GrantId, end: datetime) -> None:
        """Nothing happens when there is no such grant."""
        self._connection.run(_SET_END, {"id": grant, "ends_at": to_micros(end)})

    def did(self, bal: BalId, reader: BalId, deed: Deed, count: int, now: datetime) -> None:
        """One row a deed, until the visit is told."""
        self._state.lock_bal(bal)
        self._connection.run(
            _DID,
            {"bal": bal, "reader": reader, "deed": deed.value, "count": count, "now": to_micros(now)},
        )

    def visit(self, bal: BalId, reader: BalId) -> Visit | None:
        """None when none goes on."""
        rows = self._connection.all(_VISIT, {"bal": bal, "reader": reader})
        if not rows:
            return None
        counts = {deed: count for deed, count, _, _ in rows}
        return Visit(
            bal,
            reader,
            from_micros(min(row[2] for row in rows)),
            from_micros(max(row[3] for row in rows)),
            tuple((deed, counts[deed.value]) for deed in Deed if deed.value in counts),
        )

    def visits_to_tell(self, quiet_since: datetime, began_before: datetime, limit: int) -> list[Visit]:
        """The longest quiet first."""
        span = {"quiet": to_micros(quiet_since), "began": to_micros(began_before), "limit": limit}
        found = (self.visit(bal, reader) for bal, reader, _ in self._connection.all(_TO_TELL, span))
        return [visit for visit in found if visit is not None]

    def end_visit(self, visit: Visit) -> bool:
        """Compared while nobody else can add to it."""
        self._state.lock_bal(visit.bal)
        if self.visit(visit.bal, visit.reader) != visit:
            return False
        self._connection.run(_END_VISIT, {"bal": visit.bal, "reader": visit.reader})
        return True

    def birth_date(self, bal: BalId) -> date | None:
        """None where none is known."""
        row = self._connection.one(_BIRTH_DATE, {"bal": bal})
        return None if row is None else date.fromordinal(row[0])

    def set_birth_date(self, bal: BalId, born: date) -> None:
        """Replaces the one before."""
        self._connection.run(_SET_BIRTH_DATE, {"bal": bal, "born": born.toordinal()})

    def forget_birth_dates(self, born_before: date, limit: int) -> int:
        """The oldest first."""
        rows = self._connection.all(_FORGET_BIRTH_DATES, {"before": born_before.toordinal(), "limit": limit})
        return len(rows)
