"""The chain over the journal in the database: ``service.ports.audit.Chain``.

One step chains at a time: on PostgreSQL by an advisory lock that a transaction tries, on SQLite because there
is one writer. A unique index stands behind it: two lines never have one place.
"""

from collections.abc import Sequence
from typing import Final

from vaguemestre.service.ports.audit import KeptLine, Link, Placed
from vaguemestre.store.dialects.connection import Connection, Parameters

_ALONE: Final = "SELECT pg_try_advisory_xact_lock(:lock)"
_LOCK: Final = 0x76616775_61756469  # "vaguaudi": nobody else's number
_LINE: Final = "SELECT id, at, actor, event, bal, detail, salt, seal, seq, head FROM journal"
_TIP: Final = "SELECT seq, head FROM journal WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1"
_UNCHAINED: Final = _LINE + " WHERE seq IS NULL ORDER BY id LIMIT :limit"
_WAITING: Final = "SELECT count(*), min(at) FROM journal WHERE seq IS NULL"
_PLACE: Final = "UPDATE journal SET seq = :seq, head = :head WHERE id = :id AND seq IS NULL"
_SEAL: Final = "UPDATE journal SET salt = :salt, seal = :seal WHERE id = :id AND seal IS NULL"
_AFTER: Final = _LINE + " WHERE seq > :seq ORDER BY seq LIMIT :limit"
_AT: Final = _LINE + " WHERE seq = :seq"
_SAYING: Final = _LINE + " WHERE event = :event AND id > :after AND seq IS NOT NULL ORDER BY id LIMIT :limit"
_SEALED_SO: Final = "SELECT seq FROM journal WHERE seal = :seal AND seq IS NOT NULL ORDER BY seq"

_STANDS: Final = " AND salt IS NOT NULL AND seq IS NOT NULL ORDER BY id"
_ABOUT: Final = _LINE + " WHERE bal = :bal AND event NOT IN (:one, :other)" + _STANDS + " LIMIT :limit"
_BY_ACTOR: Final = _LINE + " WHERE id BETWEEN :first AND :last AND actor = :actor" + _STANDS
_LAST_ID: Final = "SELECT max(id) FROM journal"
_TAKE_OUT: Final = "DELETE FROM journal WHERE id ANY_OF(:ids)"
_EMPTY: Final = """
UPDATE journal SET salt = NULL, actor = '', bal = NULL, detail = '{}' WHERE id ANY_OF(:ids)
"""


class ChainTable:
    """Columns of the journal."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def alone(self) -> bool:
        """For the rest of the transaction."""
        if not self._connection.has_neighbours:
            return True
        row = self._connection.one(_ALONE, {"lock": _LOCK})
        return row is not None and bool(row[0])

    def tip(self) -> Link | None:
        """By the index of places."""
        row = self._connection.one(_TIP, {})
        return None if row is None else Link(*row)

    def unchained(self, limit: int) -> list[KeptLine]:
        """By an index that holds these alone."""
        return [KeptLine(*row) for row in self._connection.all(_UNCHAINED, {"limit": limit})]

    def waiting(self) -> tuple[int, int | None]:
        """By the same index."""
        row = self._connection.one(_WAITING, {})
        return (0, None) if row is None else (row[0], row[1])

    def place(self, lines: Sequence[Placed]) -> None:
        """In one go across the socket."""
        if lines:
            places: list[Parameters] = [
                {"id": line.id, "seq": line.link.seq, "head": line.link.head} for line in lines
            ]
            self._connection.many(_PLACE, places)

    def seal(self, lines: Sequence[KeptLine]) -> None:
        """In one go across the socket."""
        if lines:
            seals: list[Parameters] = [
                {"id": line.id, "salt": line.salt, "seal": line.seal} for line in lines
            ]
            self._connection.many(_SEAL, seals)

    def after(self, seq: int, limit: int) -> list[KeptLine]:
        """By place."""
        return [KeptLine(*row) for row in self._connection.all(_AFTER, {"seq": seq, "limit": limit})]

    def at(self, seq: int) -> KeptLine | None:
        """One line."""
        row = self._connection.one(_AT, {"seq": seq})
        return None if row is None else KeptLine(*row)

    def saying(self, event: str, after: int, limit: int) -> list[KeptLine]:
        """By the index of events."""
        rows = self._connection.all(_SAYING, {"event": event, "after": after, "limit": limit})
        return [KeptLine(*row) for row in rows]

    def about(self, bal: int, but: tuple[str, str], limit: int) -> list[KeptLine]:
        """By the index of bals."""
        one, other = but
        values: Parameters = {"bal": bal, "one": one, "other": other, "limit": limit}
        return [KeptLine(*row) for row in self._connection.all(_ABOUT, values)]

    def by_actor(self, actor: str, first: int, last: int) -> list[KeptLine]:
        """By number: no index of actors is worth its keep."""
        rows = self._connection.all(_BY_ACTOR, {"actor": actor, "first": first, "last": last})
        return [KeptLine(*row) for row in rows]

    def last_id(self) -> int:
        """By the primary key."""
        row = self._connection.one(_LAST_ID, {})
        return 0 if row is None or row[0] is None else int(row[0])

    def take_out(self, ids: Sequence[int]) -> None:
        """At once."""
        self._connection.run(_TAKE_OUT, {"ids": list(ids)})

    def empty(self, ids: Sequence[int]) -> None:
        """At once; place and head stay."""
        self._connection.run(_EMPTY, {"ids": list(ids)})

    def sealed_so(self, seal: bytes) -> list[int]:
        """Without an index: asked for a seal that was probably met twice."""
        return [row[0] for row in self._connection.all(_SEALED_SO, {"seal": seal})]
