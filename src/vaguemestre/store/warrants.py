"""Warrants in the database: ``service.ports.warrant.Warrants``.

Each change is one statement that says in what state it may happen, so that of two administrators who decide
at once one does, and nobody decides of what he asked himself.
"""

from datetime import datetime
from typing import Final

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.administrator import AdministratorId
from vaguemestre.service.ports.warrant import Warrant, WarrantId, WarrantState
from vaguemestre.store.dialects.connection import Connection, Parameters, Row
from vaguemestre.store.times import from_micros, maybe_from_micros, to_micros

_WARRANT: Final = """
SELECT id, bal, asker, reason, asked_at, state, until, decider, decided_at, ender, ended_at FROM warrant
"""
_ASK: Final = """
INSERT INTO warrant (bal, asker, reason, asked_at, state, until)
VALUES (:bal, :asker, :reason, :now, 'asked', :until) RETURNING id
"""
_BY_ID: Final = _WARRANT + " WHERE id = :id"
_LATEST: Final = _WARRANT + " ORDER BY id DESC LIMIT :limit"
_RUNNING: Final = _WARRANT + (
    " WHERE bal = :bal AND asker = :asker AND state IN ('asked', 'granted') AND until > :now"
)
_DECIDE: Final = """
UPDATE warrant SET state = :state, decider = :decider, decided_at = :now, until = :until
WHERE id = :id AND state = 'asked' AND until > :now
    AND (CAST(:decider AS BIGINT) IS NULL OR asker <> :decider)
"""
_REVOKE: Final = """
UPDATE warrant SET state = 'revoked', ender = :ender, ended_at = :now
WHERE id = :id AND state IN ('asked', 'granted') AND until > :now
"""
_FORGET: Final = "DELETE FROM warrant WHERE asked_at < :before"


class WarrantTable:
    """A few rows a day."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def ask(
        self, bal: BalId, asker: AdministratorId, reason: str, now: datetime, until: datetime
    ) -> WarrantId:
        """Nobody has decided yet."""
        asked: Parameters = {
            "bal": bal,
            "asker": asker,
            "reason": reason,
            "now": to_micros(now),
            "until": to_micros(until),
        }
        row = self._connection.one(_ASK, asked)
        if row is None:
            raise LookupError("a row that was written is not there")
        return WarrantId(row[0])

    def by_id(self, warrant: WarrantId) -> Warrant | None:
        """By the primary key."""
        row = self._connection.one(_BY_ID, {"id": warrant})
        return None if row is None else _warrant(row)

    def latest(self, limit: int) -> list[Warrant]:
        """By the primary key, backwards."""
        return list(map(_warrant, self._connection.all(_LATEST, {"limit": limit})))

    def running(self, bal: BalId, asker: AdministratorId, now: datetime) -> Warrant | None:
        """By the index of bals."""
        row = self._connection.one(_RUNNING, {"bal": bal, "asker": asker, "now": to_micros(now)})
        return None if row is None else _warrant(row)

    def grant(
        self, warrant: WarrantId, decider: AdministratorId | None, now: datetime, until: datetime
    ) -> bool:
        """From now on, until then."""
        return self._decide(warrant, WarrantState.GRANTED, decider, now, until)

    def refuse(self, warrant: WarrantId, decider: AdministratorId, now: datetime) -> bool:
        """It ends here."""
        return self._decide(warrant, WarrantState.REFUSED, decider, now, now)

    def revoke(self, warrant: WarrantId, ender: AdministratorId, now: datetime) -> bool:
        """It ends here."""
        return self._connection.run(_REVOKE, {"id": warrant, "ender": ender, "now": to_micros(now)}) > 0

    def forget(self, before: datetime) -> None:
        """By a scan: there are few."""
        self._connection.run(_FORGET, {"before": to_micros(before)})

    def _decide(
        self,
        warrant: WarrantId,
        state: WarrantState,
        decider: AdministratorId | None,
        now: datetime,
        until: datetime,
    ) -> bool:
        decided: Parameters = {
            "id": warrant,
            "state": state.value,
            "decider": decider,
            "now": to_micros(now),
            "until": to_micros(until),
        }
        return self._connection.run(_DECIDE, decided) > 0


def _warrant(row: Row) -> Warrant:
    id_, bal, asker, reason, asked, state, until, decider, decided, ender, ended = row
    return Warrant(
        WarrantId(id_),
        BalId(bal),
        AdministratorId(asker),
        reason,
        from_micros(asked),
        WarrantState(state),
        from_micros(until),
        decider,
        maybe_from_micros(decided),
        ender,
        maybe_from_micros(ended),
    )
