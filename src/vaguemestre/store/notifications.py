"""Contacts and waiting notifications in the database: ``service.ports.notification.Notifications``.

A row is leased by one statement that asks again, of the row itself, what it asked to find it: a process that
waited for another's commit finds it taken. A lease is known by its end, so one that ran out and was taken
over changes nothing any more.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.contact import ContactKind
from vaguemestre.mail.mailbox import BodyId, Uid
from vaguemestre.service.ports.notification import Lease, SealedContact, Waiting
from vaguemestre.service.ports.vault import KeyDay
from vaguemestre.store.dialects.connection import Connection, Parameters, Row
from vaguemestre.store.times import from_micros, maybe_from_micros, maybe_to_micros, to_micros
from vaguemestre.store.unit import UnitState

_CONTACT: Final = "SELECT id, bal, day, card, kind, is_on FROM contact WHERE bal = :bal"
_SET_CONTACT: Final = """
INSERT INTO contact (bal, id, day, card, kind, is_on) VALUES (:bal, :id, :day, :card, :kind, :is_on)
ON CONFLICT (bal) DO UPDATE SET id = excluded.id, day = excluded.day, card = excluded.card,
    kind = excluded.kind, is_on = excluded.is_on
"""
_SWITCH: Final = "UPDATE contact SET is_on = :is_on WHERE bal = :bal RETURNING bal"
_DROP_CONTACT: Final = "DELETE FROM contact WHERE bal = :bal RETURNING bal"
_DROP: Final = "DELETE FROM notification WHERE bal = :bal"
_ARRIVED: Final = """
INSERT INTO notification (bal, first_uid, named_uid, since, waits_from, attempts, reason)
SELECT bal, :uid, :uid, :at, :at, 0, '' FROM contact WHERE bal = :bal AND is_on
ON CONFLICT (bal) DO UPDATE SET
    again_uid = COALESCE(notification.again_uid, excluded.first_uid),
    again_at = COALESCE(notification.again_at, excluded.since),
    waits_from = COALESCE(notification.waits_from, excluded.waits_from)
WHERE notification.leased_until IS NOT NULL OR notification.attempts > 0
"""
_IS_FREE: Final = "waits_from <= :before AND (leased_until IS NULL OR leased_until <= :now)"
_IS_DUE: Final = f"SELECT 1 FROM notification WHERE {_IS_FREE} LIMIT 1"  # noqa: S608 (a constant of this file)
_LEASE: Final = f"""
UPDATE notification SET leased_until = :until, named_uid = COALESCE(again_uid, named_uid),
    since = COALESCE(again_at, since), attempts = CASE WHEN again_uid IS NULL THEN attempts ELSE 0 END,
    again_uid = NULL, again_at = NULL
WHERE {_IS_FREE} AND bal IN
    (SELECT bal FROM notification WHERE {_IS_FREE} ORDER BY waits_from LIMIT :limit)
RETURNING bal, first_uid, named_uid, since, attempts
"""  # noqa: S608 (constants of this file)
_HAS_UNREAD: Final = """
SELECT 1 FROM message WHERE mailbox = (SELECT id FROM mailbox WHERE bal = :bal AND name = 'INBOX')
    AND uid >= :uid AND flags & 1 = 0 LIMIT 1
"""
_TOLD: Final = "DELETE FROM notification WHERE bal = :bal AND leased_until = :until AND again_uid IS NULL"
_BEGIN_ANEW: Final = """
UPDATE notification SET first_uid = again_uid, named_uid = again_uid, since = again_at, waits_from = again_at,
    attempts = 0, leased_until = NULL, again_uid = NULL, again_at = NULL, reason = ''
WHERE bal = :bal AND leased_until = :until
"""
_DEFER: Final = """
UPDATE notification SET leased_until = NULL, attempts = attempts + 1, reason = :reason,
    waits_from = COALESCE(:waits_from, again_at)
WHERE bal = :bal AND leased_until = :until
"""
_RELEASE: Final = "UPDATE notification SET leased_until = NULL WHERE bal = :bal AND leased_until = :until"
_WAITING: Final = """
SELECT bal, since, waits_from, attempts, leased_until, reason FROM notification
ORDER BY waits_from IS NULL, waits_from, bal LIMIT :limit
"""
_HASTEN: Final = """
UPDATE notification SET waits_from = :before, leased_until = NULL WHERE bal = :bal RETURNING bal
"""
_HASTEN_ALL: Final = "UPDATE notification SET waits_from = :before WHERE attempts > 0 RETURNING bal"


def _lease(row: Row, until: datetime) -> Lease:
    bal, first, named, since, attempts = row
    return Lease(bal, first, named, from_micros(since), attempts, until)


def _waiting(row: Row) -> Waiting:
    bal, since, waits_from, attempts, leased_until, reason = row
    due, leased = maybe_from_micros(waits_from), maybe_from_micros(leased_until)
    return Waiting(bal, from_micros(since), due, attempts, leased, reason)


def _place(lease: Lease) -> Parameters:
    return {"bal": lease.bal, "until": to_micros(lease.until)}


class NotificationTable:
    """Both tables."""

    def __init__(self, connection: Connection, state: UnitState):
        self._connection = connection
        self._state = state

    def contact(self, bal: BalId) -> SealedContact | None:
        """None when he has given none."""
        row = self._connection.one(_CONTACT, {"bal": bal})
        if row is None:
            return None
        id_, holder, day, card, kind, is_on = row
        return SealedContact(
            BodyId(bytes(id_)), holder, KeyDay(day), bytes(card), ContactKind(kind), bool(is_on)
        )

    def set_contact(self, contact: SealedContact) -> None:
        """Replaces the one before."""
        self._state.lock_bal(contact.bal)
        self._connection.run(
            _SET_CONTACT,
            {
                "bal": contact.bal,
                "id": contact.id,
                "day": contact.day,
                "card": contact.card,
                "kind": contact.kind.value,
                "is_on": contact.is_on,
            },
        )

    def switch(self, bal: BalId, on: bool) -> bool:
        """What waits is dropped when its turn comes."""
        return self._connection.one(_SWITCH, {"bal": bal, "is_on": on}) is not None

    def drop_contact(self, bal: BalId) -> bool:
        """With what waits for it."""
        self._connection.run(_DROP, {"bal": bal})
        return self._connection.one(_DROP_CONTACT, {"bal": bal}) is not None

    def arrived(self, bal: BalId, uid: Uid, now: datetime) -> None:
        """One statement, which finds nothing to do for whoever gave no contact."""
        self._connection.run(_ARRIVED, {"bal": bal, "uid": uid, "at": to_micros(now)})

    def is_due(self, before: datetime, now: datetime) -> bool:
        """By an index."""
        asked = {"before": to_micros(before), "now": to_micros(now)}
        return self._connection.one(_IS_DUE, asked) is not None

    def lease(self, before: datetime, now: datetime, until: datetime, limit: int) -> list[Lease]:
        """In no order."""
        asked = {
            "before": to_micros(before),
            "now": to_micros(now),
            "until": to_micros(until),
            "limit": limit,
        }
        return [_lease(row, until) for row in self._connection.all(_LEASE, asked)]

    def has_unread(self, lease: Lease) -> bool:
        """From there on, in the order of the table itself."""
        return self._connection.one(_HAS_UNREAD, {"bal": lease.bal, "uid": lease.first}) is not None

    def told(self, lease: Lease) -> None:
        """Gone, or begun anew."""
        self._connection.run(_TOLD, _place(lease))
        self._connection.run(_BEGIN_ANEW, _place(lease))

    def defer(self, lease: Lease, waits_from: datetime | None, reason: str) -> None:
        """What arrived meanwhile keeps alive what would be given up."""
        waits = {"waits_from": maybe_to_micros(waits_from), "reason": reason}
        self._connection.run(_DEFER, {**_place(lease), **waits})

    def release(self, leases: Sequence[Lease]) -> None:
        """As before."""
        self._connection.many(_RELEASE, [_place(lease) for lease in leases])

    def waiting(self, limit: int) -> list[Waiting]:
        """The oldest first."""
        return list(map(_waiting, self._connection.all(_WAITING, {"limit": limit})))

    def hasten(self, bal: BalId | None, before: datetime) -> int:
        """One, or all that were tried in vain."""
        at = to_micros(before)
        if bal is None:
            return len(self._connection.all(_HASTEN_ALL, {"before": at}))
        return len(self._connection.all(_HASTEN, {"before": at, "bal": bal}))
