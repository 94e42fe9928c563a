"""The journal in the database: append only. domain.md §3, traces."""

import json
from typing import Final

from vaguemestre.mail.correspondent import PartyId
from vaguemestre.service.store_port import JournalEntry
from vaguemestre.store import statements
from vaguemestre.store.dialects.connection import Connection, Row
from vaguemestre.store.times import from_micros, to_micros

_print = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_NOTHING: Final = "{}"


def _entry(row: Row) -> JournalEntry:
    at, actor, event, bal, detail = row
    return JournalEntry(from_micros(at), actor, event, bal, json.loads(detail))


class JournalTable:
    """``service.store_port.Journal``."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def record(self, entry: JournalEntry) -> None:
        """One more line."""
        self._connection.run(
            statements.RECORD,
            {
                "at": to_micros(entry.at),
                "actor": entry.actor,
                "event": entry.event,
                "bal": entry.bal,
                "detail": _print(entry.detail) if entry.detail else _NOTHING,
            },
        )

    def entries(
        self, bal: PartyId | None = None, event: str | None = None, limit: int = 100
    ) -> list[JournalEntry]:
        """The latest first."""
        if bal is None and event is None:
            rows = self._connection.all(statements.ENTRIES, {"limit": limit})
        elif event is None:
            rows = self._connection.all(statements.ENTRIES_OF, {"bal": bal, "limit": limit})
        elif bal is None:
            rows = self._connection.all(statements.ENTRIES_SAYING, {"event": event, "limit": limit})
        else:
            rows = self._connection.all(
                statements.ENTRIES_OF_SAYING, {"bal": bal, "event": event, "limit": limit}
            )
        return list(map(_entry, rows))
