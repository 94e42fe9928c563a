"""Walks and digests in the database: ``service.ports.warning.ExpiryWarnings``. domain.md §3."""

from datetime import datetime, timedelta
from typing import Final

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import MailboxId
from vaguemestre.service.ports.warning import Going, Walk
from vaguemestre.store.dialects.connection import Connection
from vaguemestre.store.times import from_micros, maybe_from_micros, maybe_to_micros, to_micros

_WALK: Final = "SELECT reached, goal, cleared FROM expiry_walk WHERE name = :name"
_SET_WALK: Final = """
INSERT INTO expiry_walk (name, reached, goal, cleared) VALUES (:name, :reached, :goal, :cleared)
ON CONFLICT (name) DO UPDATE SET reached = excluded.reached, goal = excluded.goal, cleared = excluded.cleared
"""
_ANNOUNCED: Final = "SELECT announced FROM expiry_digest WHERE bal = :bal"
_OWE: Final = """
INSERT INTO expiry_digest (bal, announced, owed) VALUES (:bal, NULL, 1)
ON CONFLICT (bal) DO UPDATE SET owed = 1
"""
OWING: Final = "SELECT bal FROM expiry_digest WHERE owed = 1 ORDER BY bal LIMIT :limit"
_SETTLE: Final = """
UPDATE expiry_digest SET owed = 0, announced = coalesce(CAST(:announced AS BIGINT), announced)
WHERE bal = :bal
"""
_GOING: Final = """
SELECT count(*), min(due), max(due) FROM (
    SELECT expires_at, CASE
        WHEN put_at + CAST(:stay AS BIGINT) < filed_at + :age THEN put_at + CAST(:stay AS BIGINT)
        ELSE filed_at + :age END AS due
    FROM message WHERE mailbox = :mailbox
) AS kept WHERE due > :after AND due <= :until AND (expires_at IS NULL OR expires_at >= due)
"""


def _micros(delay: timedelta) -> int:
    return delay // timedelta(microseconds=1)


class WarningTable:
    """``service.ports.warning.ExpiryWarnings``."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def walk(self, name: str) -> Walk | None:
        """None for one that was never begun."""
        row = self._connection.one(_WALK, {"name": name})
        if row is None:
            return None
        return Walk(from_micros(row[0]), maybe_from_micros(row[1]), maybe_from_micros(row[2]))

    def set_walk(self, name: str, walk: Walk) -> None:
        """Begun or moved."""
        self._connection.run(
            _SET_WALK,
            {
                "name": name,
                "reached": to_micros(walk.reached),
                "goal": maybe_to_micros(walk.goal),
                "cleared": maybe_to_micros(walk.cleared),
            },
        )

    def announced(self, bal: BalId) -> datetime | None:
        """None when nothing was ever announced."""
        row = self._connection.one(_ANNOUNCED, {"bal": bal})
        return None if row is None else maybe_from_micros(row[0])

    def owe(self, bal: BalId) -> None:
        """Once, however often it is said."""
        self._connection.run(_OWE, {"bal": bal})

    def owing(self, limit: int) -> list[BalId]:
        """By number."""
        return [BalId(row[0]) for row in self._connection.all(OWING, {"limit": limit})]

    def settle(self, bal: BalId, announced: datetime | None) -> None:
        """What was announced before stays so."""
        self._connection.run(_SETTLE, {"bal": bal, "announced": maybe_to_micros(announced)})

    def going(
        self, mailbox: MailboxId, age: timedelta, stay: timedelta | None, after: datetime, until: datetime
    ) -> Going:
        """One pass over the mailbox's rows."""
        row = self._connection.one(
            _GOING,
            {
                "mailbox": mailbox,
                "age": _micros(age),
                "stay": None if stay is None else _micros(stay),
                "after": to_micros(after),
                "until": to_micros(until),
            },
        )
        if row is None:
            return Going(0, None, None)
        return Going(row[0], maybe_from_micros(row[1]), maybe_from_micros(row[2]))
