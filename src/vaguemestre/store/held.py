"""Messages that wait to be released, in the database: ``service.ports.held.HeldMessages``.

The envelope is one text of JSON: it is read when the message is released and never searched. Addresses stand
in clear beside it too, in the fate of each recipient.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.dsn import Notify, Returned, Wish
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.fate import SubmissionId
from vaguemestre.mail.held import Held
from vaguemestre.mail.mailbox import MailboxId, Uid
from vaguemestre.store.bals import address_from
from vaguemestre.store.deliver_by import read, written
from vaguemestre.store.dialects.connection import Connection, Row
from vaguemestre.store.times import from_micros, to_micros

_HELD: Final = """
SELECT h.submission, s.queue_id, h.sender, s.accepted_at, h.mailbox, h.uid, h.envelope, h.release_at,
    h.due_at, s.actor
FROM held h JOIN submission s ON s.id = h.submission
"""
_HOLD: Final = """
INSERT INTO held (submission, sender, mailbox, uid, envelope, release_at, due_at)
VALUES (:submission, :sender, :mailbox, :uid, :envelope, :release_at, :due_at)
"""
_TAKE: Final = "DELETE FROM held WHERE submission = :submission RETURNING submission"
_POSTPONE: Final = "UPDATE held SET due_at = :until WHERE submission = :submission"
_DUE: Final = _HELD + " WHERE h.due_at <= :now ORDER BY h.due_at, h.submission LIMIT :limit"
_BY_QUEUE_ID: Final = _HELD + " WHERE s.queue_id = :queue_id"
_WAITING: Final = _HELD + " ORDER BY h.release_at, h.submission"
_WAITING_OF: Final = _HELD + " WHERE h.sender = :sender ORDER BY h.release_at, h.submission"
_COUNT: Final = "SELECT count(*) FROM held WHERE sender = :sender"
_LYING_AT: Final = _HELD + " WHERE h.mailbox = :mailbox AND h.uid ANY_OF(:uids) ORDER BY h.uid"


class HeldTable:
    """One row a message."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def hold(self, held: Held) -> None:
        """One more."""
        self._connection.run(
            _HOLD,
            {
                "submission": held.submission,
                "sender": held.sender,
                "mailbox": held.mailbox,
                "uid": held.uid,
                "envelope": _written(held.envelope),
                "release_at": to_micros(held.release_at),
                "due_at": to_micros(held.due_at),
            },
        )

    def take(self, submission: SubmissionId) -> bool:
        """False when somebody else was first: on PostgreSQL his commit is waited for."""
        return self._connection.one(_TAKE, {"submission": submission}) is not None

    def postpone(self, submission: SubmissionId, until: datetime) -> None:
        """It is not looked at before."""
        self._connection.run(_POSTPONE, {"submission": submission, "until": to_micros(until)})

    def due(self, now: datetime, limit: int) -> list[Held]:
        """The earliest first."""
        return list(map(_held, self._connection.all(_DUE, {"now": to_micros(now), "limit": limit})))

    def by_queue_id(self, queue_id: str) -> Held | None:
        """None when none of that name waits."""
        row = self._connection.one(_BY_QUEUE_ID, {"queue_id": queue_id})
        return None if row is None else _held(row)

    def waiting(self, sender: BalId | None = None) -> list[Held]:
        """By their hour."""
        if sender is None:
            return list(map(_held, self._connection.all(_WAITING, {})))
        return list(map(_held, self._connection.all(_WAITING_OF, {"sender": sender})))

    def count(self, sender: BalId) -> int:
        """By an index alone."""
        row = self._connection.one(_COUNT, {"sender": sender})
        return 0 if row is None else int(row[0])

    def lying_at(self, mailbox: MailboxId, uids: Sequence[Uid]) -> list[Held]:
        """By uid."""
        rows = self._connection.all(_LYING_AT, {"mailbox": mailbox, "uids": list(uids)})
        return list(map(_held, rows))


def _held(row: Row) -> Held:
    submission, queue_id, sender, accepted_at, mailbox, uid, envelope, release_at, due_at, reader = row
    hour = from_micros(release_at)
    return Held(
        submission,
        queue_id,
        sender,
        from_micros(accepted_at),
        mailbox,
        uid,
        _read(envelope, hour),
        hour,
        from_micros(due_at),
        reader,
    )


def _written(envelope: Envelope) -> str:
    wishes = (envelope.wish_of(recipient) for recipient in envelope.recipients)
    return json.dumps(
        {
            "from": None if envelope.reverse_path is None else str(envelope.reverse_path),
            "to": [
                [str(recipient), sorted(wish.notify), wish.original]
                for recipient, wish in zip(envelope.recipients, wishes, strict=True)
            ],
            "envid": envelope.identifier,
            "ret": envelope.returned,
            "tls": envelope.requires_tls,
            "by": written(envelope.deliver_by),
        },
        ensure_ascii=False,
    )


def _read(text: str, release_at: datetime) -> Envelope:
    kept = json.loads(text)
    by = kept.get("by")  # not there before 0040
    return Envelope(
        None if kept["from"] is None else address_from(kept["from"]),
        tuple(address_from(recipient) for recipient, _, _ in kept["to"]),
        wishes=tuple(Wish(frozenset(map(Notify, notify)), original) for _, notify, original in kept["to"]),
        identifier=kept["envid"],
        returned=None if kept["ret"] is None else Returned(kept["ret"]),
        requires_tls=kept["tls"],
        held_until=release_at,
        deliver_by=None if by is None else read(by["deliver_by"], by["deliver_by_mode"]),
    )
