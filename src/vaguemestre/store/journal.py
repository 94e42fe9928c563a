"""The journal in the database: append only. domain.md §3, traces."""

import json
import os
from typing import Final

from vaguemestre.mail.correspondent import PartyId
from vaguemestre.service.audit.chain import SALT_LENGTH, seal_of
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.store import statements
from vaguemestre.store.dialects.connection import Connection, Row
from vaguemestre.store.times import from_micros, to_micros

_print = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_NOTHING: Final = "{}"


def entry_from(row: Row) -> JournalEntry:
    """A row of the columns that ``statements`` asks of the journal."""
    at, actor, event, bal, detail = row
    return JournalEntry(from_micros(at), actor, event, bal, json.loads(detail))


class JournalTable:
    """``service.ports.journal.Journal``; ``key`` seals the lines."""

    def __init__(self, connection: Connection, key: bytes):
        self._connection = connection
        self._key = key

    def record(self, entry: JournalEntry) -> None:
        """One more line, sealed."""
        at, actor, event, bal = to_micros(entry.at), entry.actor, entry.event, entry.bal
        detail = _print(entry.detail) if entry.detail else _NOTHING
        salt = os.urandom(SALT_LENGTH)
        seal = seal_of(self._key, salt, at, actor, event, bal, detail)
        self._connection.run(
            statements.RECORD,
            {
                "at": at,
                "actor": actor,
                "event": event,
                "bal": bal,
                "detail": detail,
                "salt": salt,
                "seal": seal,
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
        return list(map(entry_from, rows))
