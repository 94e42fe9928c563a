"""Erasures in the database: ``service.ports.erasure.Erasures``. domain.md §2.

Counts are kept in the transaction that does what they count, so that the certificate is true after a crash.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import BLOCKED, STANDARD_MAILBOXES, Uid
from vaguemestre.service.ports.erasure import Erasure
from vaguemestre.service.ports.vault import SealedBody
from vaguemestre.store.dialects.connection import Connection, Parameters, Row
from vaguemestre.store.mailboxes import MailboxTable
from vaguemestre.store.messages import MessageTable
from vaguemestre.store.times import from_micros, to_micros

_COLUMNS: Final = "id, bal, begun_at, actor, reason, data_keys, messages, octets, bodies, conversations"
_ERASURE: Final = f"SELECT {_COLUMNS} FROM erasure"  # noqa: S608 (written above)
_BEGIN: Final = f"""
INSERT INTO erasure ({_COLUMNS}) VALUES (:id, :bal, :begun_at, :actor, :reason, '[]', 0, 0, 0, 0)
ON CONFLICT (bal) DO NOTHING
"""  # noqa: S608 (written above)
_OF: Final = _ERASURE + " WHERE bal = :bal"
_OLDEST: Final = _ERASURE + " ORDER BY begun_at, bal LIMIT :limit"
_SET_KEYS: Final = "UPDATE erasure SET data_keys = :keys WHERE bal = :bal"
_COUNT: Final = """
UPDATE erasure SET messages = messages + :messages, octets = octets + :octets, bodies = bodies + :bodies,
    conversations = conversations + :conversations WHERE bal = :bal
"""
_ARCHIVED: Final = """
SELECT m.number, m.size FROM archived_message m JOIN archive a ON a.id = m.archive
WHERE a.bal = :bal LIMIT :limit
"""
_DROP_ARCHIVED: Final = "DELETE FROM archived_message WHERE number ANY_OF(:numbers)"
_BODIES: Final = """
SELECT number, id, bal, day, size, location, wrapped_key FROM body WHERE bal = :bal LIMIT :limit
"""
_DROP_OCTETS: Final = "DELETE FROM octets WHERE body ANY_OF(:numbers)"
_DROP_BODIES: Final = "DELETE FROM body WHERE number ANY_OF(:numbers)"
_CONVERSATIONS: Final = "SELECT id FROM conversation WHERE citizen = :bal ORDER BY id LIMIT :limit"
_OF_CONVERSATIONS: Final = (
    "DELETE FROM closing_notice WHERE conversation ANY_OF(:ids)",
    "DELETE FROM closing_elsewhere WHERE conversation ANY_OF(:ids)",
    "DELETE FROM solicitation WHERE conversation ANY_OF(:ids)",
    "DELETE FROM reference WHERE citizen = :bal AND conversation ANY_OF(:ids)",
    "DELETE FROM pair WHERE conversation ANY_OF(:ids)",
    "DELETE FROM conversation WHERE id ANY_OF(:ids)",
)
_REST: Final = (
    "DELETE FROM secret WHERE bal = :bal",
    "DELETE FROM client_certificate WHERE bal = :bal",
    "DELETE FROM keyword WHERE bal = :bal",
    "DELETE FROM birth_date WHERE bal = :bal",
    "DELETE FROM block WHERE citizen = :bal",
    "DELETE FROM access_grant WHERE bal = :bal",
    "DELETE FROM warrant WHERE bal = :bal",
    "DELETE FROM access_deed WHERE bal = :bal",
    "DELETE FROM expiry_digest WHERE bal = :bal",
    "DELETE FROM notification WHERE bal = :bal",
    "DELETE FROM contact WHERE bal = :bal",
    "DELETE FROM owed_answer WHERE bal = :bal",
    "DELETE FROM solicitation_wish WHERE bal = :bal",
    "DELETE FROM presence WHERE bal = :bal",
    "DELETE FROM held WHERE sender = :bal",
    "UPDATE bal SET name = '' WHERE id = :bal",
)
_STILL_QUEUED: Final = """
SELECT count(*) FROM outbound_message m JOIN submission s ON s.id = m.submission
WHERE s.sender = :bal AND m.left_at IS NULL
"""
_END: Final = "DELETE FROM erasure WHERE bal = :bal"


def _erasure(row: Row) -> Erasure:
    id_, bal, begun_at, actor, reason, keys, messages, octets, bodies, conversations = row
    named = tuple(json.loads(keys))
    return Erasure(
        id_, bal, from_micros(begun_at), actor, reason, named, messages, octets, bodies, conversations
    )


class ErasureTable:
    """One row while it lasts."""

    def __init__(self, connection: Connection, mailboxes: MailboxTable, messages: MessageTable):
        self._connection = connection
        self._mailboxes = mailboxes
        self._messages = messages

    def begin(self, erasure: Erasure) -> None:
        """The first stands."""
        self._connection.run(
            _BEGIN,
            {
                "id": erasure.id,
                "bal": erasure.bal,
                "begun_at": to_micros(erasure.begun_at),
                "actor": erasure.actor,
                "reason": erasure.reason,
            },
        )

    def of(self, bal: BalId) -> Erasure | None:
        """By the primary key."""
        row = self._connection.one(_OF, {"bal": bal})
        return None if row is None else _erasure(row)

    def oldest(self, limit: int) -> list[Erasure]:
        """Few rows at any time: no index."""
        return list(map(_erasure, self._connection.all(_OLDEST, {"limit": limit})))

    def note_keys(self, bal: BalId, keys: Sequence[str]) -> None:
        """In the order in which they were first noted."""
        erasure = self.of(bal)
        known = erasure.keys if erasure is not None else ()
        named = json.dumps(list(dict.fromkeys((*known, *keys))))
        self._connection.run(_SET_KEYS, {"bal": bal, "keys": named})

    def remove_messages(self, bal: BalId, limit: int, now: datetime) -> int:
        """Those of the first mailbox that holds any; then of archives."""
        for mailbox in self._mailboxes.of(bal):
            rows = self._messages.rows_from(mailbox.id, Uid(1), limit)
            if rows:
                self._messages.remove(mailbox.id, [row.uid for row in rows], now)
                self._count(bal, messages=len(rows), octets=sum(row.size for row in rows))
                return len(rows)
        archived = self._connection.all(_ARCHIVED, {"bal": bal, "limit": limit})
        if archived:
            self._connection.run(_DROP_ARCHIVED, {"numbers": [row[0] for row in archived]})
            self._count(bal, messages=len(archived), octets=sum(row[1] for row in archived))
        return len(archived)

    def drop_bodies(self, bal: BalId, limit: int) -> list[SealedBody]:
        """After the messages: nothing refers to them."""
        rows = self._connection.all(_BODIES, {"bal": bal, "limit": limit})
        if not rows:
            return []
        numbers = [row[0] for row in rows]
        self._connection.run(_DROP_OCTETS, {"numbers": numbers})
        self._connection.run(_DROP_BODIES, {"numbers": numbers})
        self._count(bal, bodies=len(rows))
        return [
            SealedBody(id_, holder, day, size, b"" if location is None else None, location, wrapped_key, b"")
            for _, id_, holder, day, size, location, wrapped_key in rows
        ]

    def remove_conversations(self, bal: BalId, limit: int) -> int:
        """With everything that refers to them."""
        ids = [row[0] for row in self._connection.all(_CONVERSATIONS, {"bal": bal, "limit": limit})]
        if ids:
            for statement in _OF_CONVERSATIONS:
                named: Parameters = {"bal": bal, "ids": ids} if ":bal" in statement else {"ids": ids}
                self._connection.run(statement, named)
            self._count(bal, conversations=len(ids))
        return len(ids)

    def remove_rest(self, bal: BalId, now: datetime) -> None:
        """Names of mailboxes are the holder's words too: only the standard ones stay, and are empty."""
        for statement in _REST:
            self._connection.run(statement, {"bal": bal})
        standard = {BLOCKED, *(name for name, _ in STANDARD_MAILBOXES)}
        for mailbox in self._mailboxes.of(bal):
            if mailbox.name not in standard:
                self._mailboxes.delete(mailbox.id, now)

    def still_queued(self, bal: BalId) -> int:
        """Few messages wait at any time, whoever sent them."""
        row = self._connection.one(_STILL_QUEUED, {"bal": bal})
        return 0 if row is None else int(row[0])

    def end(self, bal: BalId) -> None:
        """The row goes: what it knew is in the certificate."""
        self._connection.run(_END, {"bal": bal})

    def _count(
        self, bal: BalId, *, messages: int = 0, octets: int = 0, bodies: int = 0, conversations: int = 0
    ) -> None:
        counted = {"messages": messages, "octets": octets, "bodies": bodies, "conversations": conversations}
        self._connection.run(_COUNT, {"bal": bal, **counted})
