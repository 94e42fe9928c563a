"""Accounts that are leaving, in the database: ``service.ports.departure.Departures``."""

from typing import Final

from vaguemestre.mail.bal import Bal, BalId, BalKind
from vaguemestre.mail.conversation import Pair
from vaguemestre.service.ports.departure import Departure
from vaguemestre.store import statements
from vaguemestre.store.conversations import pair_from
from vaguemestre.store.dialects.connection import Connection, Row
from vaguemestre.store.times import from_micros, to_micros

_BEGIN: Final = """
INSERT INTO departure (bal, actor, begun_at) VALUES (:bal, :actor, :begun_at) ON CONFLICT (bal) DO NOTHING
"""
_DEPARTURE: Final = "SELECT bal, actor, begun_at FROM departure"
_OF: Final = _DEPARTURE + " WHERE bal = :bal"
_OLDEST: Final = _DEPARTURE + " ORDER BY begun_at, bal LIMIT :limit"
_END: Final = "DELETE FROM departure WHERE bal = :bal"
_OPEN_OF_CITIZEN: Final = statements.PAIRS + " WHERE citizen = :citizen AND closed_at IS NULL LIMIT :limit"
_OPEN_OF_PROFESSIONAL: Final = (
    statements.PAIRS + " WHERE professional_key = :key AND closed_at IS NULL LIMIT :limit"
)


def _departure(row: Row) -> Departure:
    bal, actor, begun_at = row
    return Departure(bal, actor, from_micros(begun_at))


class DepartureTable:
    """One row an account, gone when its conversations are closed."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def begin(self, departure: Departure) -> None:
        """The first to come is kept."""
        begun_at = to_micros(departure.begun_at)
        self._connection.run(_BEGIN, {"bal": departure.bal, "actor": departure.actor, "begun_at": begun_at})

    def of(self, bal: BalId) -> Departure | None:
        """By the primary key."""
        row = self._connection.one(_OF, {"bal": bal})
        return None if row is None else _departure(row)

    def oldest(self, limit: int) -> list[Departure]:
        """Few rows at any time: no index."""
        return list(map(_departure, self._connection.all(_OLDEST, {"limit": limit})))

    def end(self, bal: BalId) -> None:
        """Nothing happens when there is none."""
        self._connection.run(_END, {"bal": bal})

    def open_pairs(self, bal: Bal, limit: int) -> list[Pair]:
        """By an index each; without a lock: whoever closes them reads each again."""
        if bal.kind is BalKind.CITIZEN:
            rows = self._connection.all(_OPEN_OF_CITIZEN, {"citizen": bal.id, "limit": limit})
        else:
            rows = self._connection.all(_OPEN_OF_PROFESSIONAL, {"key": bal.address.key, "limit": limit})
        return sorted(map(pair_from, rows), key=lambda pair: (pair.conversation, pair.professional.key))
