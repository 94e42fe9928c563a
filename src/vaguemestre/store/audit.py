"""The chain over the journal in the database: ``service.audit_port.Chain``.

One step chains at a time: on PostgreSQL by an advisory lock that a transaction tries, on SQLite because there
is one writer. A unique index stands behind it: two lines never have one place.
"""

from collections.abc import Sequence
from typing import Final

from vaguemestre.service.audit_port import KeptLine, Link, Placed
from vaguemestre.store.dialects.connection import Connection

_ALONE: Final = "SELECT pg_try_advisory_xact_lock(:lock)"
_LOCK: Final = 0x76616775_61756469  # "vaguaudi": nobody else's number
_LINE: Final = "SELECT id, at, actor, event, bal, detail, salt, seal, seq, head FROM journal"
_TIP: Final = "SELECT seq, head FROM journal WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1"
_UNCHAINED: Final = _LINE + " WHERE seq IS NULL ORDER BY id LIMIT :limit"
_WAITING: Final = "SELECT count(*), min(at) FROM journal WHERE seq IS NULL"
_PLACE: Final = """
UPDATE journal SET seq = :seq, head = :head, salt = :salt, seal = :seal WHERE id = :id AND seq IS NULL
"""
_AFTER: Final = _LINE + " WHERE seq > :seq ORDER BY seq LIMIT :limit"
_AT: Final = _LINE + " WHERE seq = :seq"
_SAYING: Final = _LINE + " WHERE event = :event AND id > :after AND seq IS NOT NULL ORDER BY id LIMIT :limit"
_SEALED_SO: Final = "SELECT seq FROM journal WHERE seal = :seal AND seq IS NOT NULL ORDER BY seq"


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
            self._connection.many(
                _PLACE,
                [
                    {"id": id_, "seq": seq, "head": head, "salt": salt, "seal": seal}
                    for id_, (seq, head), salt, seal in lines
                ],
            )

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

    def sealed_so(self, seal: bytes) -> list[int]:
        """Without an index: asked for a seal that was probably met twice."""
        return [row[0] for row in self._connection.all(_SEALED_SO, {"seal": seal})]
