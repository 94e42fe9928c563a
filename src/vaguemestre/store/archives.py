"""Archives in the database: ``service.ports.archive.Archives``. domain.md §2, closing.

A body is never without somebody who refers to it on the way: it is used by the archive before it is left
by the mailbox, and the other way round.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import Uid
from vaguemestre.service.ports.archive import Archive, ArchivedMessage, ArchiveId, ArchiveState
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.store import statements
from vaguemestre.store.dialects.connection import Connection, Parameters, Row
from vaguemestre.store.mailboxes import MailboxTable
from vaguemestre.store.messages import MessageTable
from vaguemestre.store.times import from_micros, maybe_from_micros, to_micros

_COLUMNS: Final = "id, bal, state, recipient, closed_at, expires_at, messages, octets"
_ARCHIVE: Final = f"SELECT {_COLUMNS} FROM archive"  # noqa: S608 (written above)
_BEGIN: Final = f"""
INSERT INTO archive ({_COLUMNS})
VALUES (:id, :bal, :state, :recipient, :closed_at, :expires_at, 0, 0)
"""  # noqa: S608 (written above)
_BY_ID: Final = _ARCHIVE + " WHERE id = :id"
_OF: Final = _ARCHIVE + " WHERE bal = :bal ORDER BY closed_at DESC, id"
_IN_STATE: Final = _ARCHIVE + " WHERE state = :state ORDER BY closed_at, id LIMIT :limit"
_DUE: Final = _ARCHIVE + " WHERE state = 'sealed' AND expires_at <= :now ORDER BY expires_at, id LIMIT :limit"
_SET_STATE: Final = "UPDATE archive SET state = :state WHERE id = :id"
_TAKE: Final = """
INSERT INTO archived_message
    (archive, mailbox, flags, size, internal_date, conversation, body, expires_at)
SELECT :archive, :name, flags, size, internal_date, conversation, body, expires_at
FROM message WHERE mailbox = :mailbox AND uid ANY_OF(:uids)
"""
_TAKEN: Final = "UPDATE archive SET messages = messages + :messages, octets = octets + :octets WHERE id = :id"
_MESSAGES: Final = """
SELECT number, mailbox, flags, size, internal_date, conversation, body FROM archived_message
WHERE archive = :archive AND number > :after ORDER BY number LIMIT :limit
"""
_TO_GIVE_BACK: Final = """
SELECT number, mailbox, flags, size, internal_date, conversation, body, expires_at FROM archived_message
WHERE archive = :archive ORDER BY number LIMIT :limit
"""
_DROP: Final = "DELETE FROM archived_message WHERE number ANY_OF(:numbers)"


def _archive(row: Row) -> Archive:
    id_, bal, state, recipient, closed_at, expires_at, messages, octets = row
    return Archive(
        ArchiveId(id_),
        bal,
        ArchiveState(state),
        recipient,
        from_micros(closed_at),
        from_micros(expires_at),
        messages,
        octets,
    )


class ArchiveTable:
    """Both tables; mailboxes and messages are left and entered by their own."""

    def __init__(self, connection: Connection, mailboxes: MailboxTable, messages: MessageTable):
        self._connection = connection
        self._mailboxes = mailboxes
        self._messages = messages

    def begin(self, archive: Archive) -> None:
        """Empty."""
        self._connection.run(
            _BEGIN,
            {
                "id": archive.id,
                "bal": archive.bal,
                "state": archive.state.value,
                "recipient": archive.recipient,
                "closed_at": to_micros(archive.closed_at),
                "expires_at": to_micros(archive.expires_at),
            },
        )

    def by_id(self, archive: ArchiveId) -> Archive | None:
        """None when there is none."""
        row = self._connection.one(_BY_ID, {"id": archive})
        return None if row is None else _archive(row)

    def of(self, bal: BalId) -> list[Archive]:
        """The latest first."""
        return list(map(_archive, self._connection.all(_OF, {"bal": bal})))

    def in_state(self, states: Sequence[ArchiveState], limit: int) -> list[Archive]:
        """An index by state for each."""
        found = [
            row
            for state in states
            for row in self._connection.all(_IN_STATE, {"state": state.value, "limit": limit})
        ]
        return sorted(map(_archive, found), key=lambda one: (one.closed_at, one.id))[:limit]

    def due(self, now: datetime, limit: int) -> list[Archive]:
        """By the same index."""
        return list(map(_archive, self._connection.all(_DUE, {"now": to_micros(now), "limit": limit})))

    def set_state(self, archive: ArchiveId, state: ArchiveState) -> None:
        """Nothing happens when there is none."""
        self._connection.run(_SET_STATE, {"id": archive, "state": state.value})

    def take(self, archive: Archive, limit: int, now: datetime) -> int:
        """Of the first mailbox that holds any."""
        for mailbox in self._mailboxes.of(archive.bal):
            rows = self._messages.rows_from(mailbox.id, Uid(1), limit)
            if not rows:
                continue
            uids = [row.uid for row in rows]
            whence: Parameters = {"mailbox": mailbox.id, "uids": uids}
            self._connection.run(statements.USE_BODIES, whence)
            self._connection.run(_TAKE, {**whence, "archive": archive.id, "name": mailbox.name})
            self._messages.remove(mailbox.id, uids, now)
            octets = sum(row.size for row in rows)
            self._connection.run(_TAKEN, {"id": archive.id, "messages": len(rows), "octets": octets})
            return len(rows)
        return 0

    def messages(self, archive: ArchiveId, after: int, limit: int) -> list[ArchivedMessage]:
        """By number."""
        asked: Parameters = {"archive": archive, "after": after, "limit": limit}
        return [ArchivedMessage(*row) for row in self._connection.all(_MESSAGES, asked)]

    def give_back(self, archive: Archive, limit: int, now: datetime) -> int:
        """Each as it was; its retention begins anew, or the restoration would be undone the same night."""
        rows = self._connection.all(_TO_GIVE_BACK, {"archive": archive.id, "limit": limit})
        for _, name, flags, size, internal_date, conversation, body, expires_at in rows:
            mailbox = self._mailboxes.by_name(archive.bal, name)
            if mailbox is None:
                mailbox = self._mailboxes.create(archive.bal, name, None, now)
            expires = maybe_from_micros(expires_at)
            message = NewMessage(body, flags, size, internal_date, conversation, now, expires)
            self._messages.file(mailbox.id, [message])
        self._leave(rows, now)
        return len(rows)

    def drop(self, archive: ArchiveId, limit: int, orphaned_at: datetime) -> int:
        """The oldest first."""
        rows = self._connection.all(_TO_GIVE_BACK, {"archive": archive, "limit": limit})
        self._leave(rows, orphaned_at)
        return len(rows)

    def _leave(self, rows: Sequence[Row], now: datetime) -> None:
        if rows:
            at = to_micros(now)
            self._connection.many(statements.LEAVE_BODY, [{"id": row[6], "now": at} for row in rows])
            self._connection.run(_DROP, {"numbers": [row[0] for row in rows]})
