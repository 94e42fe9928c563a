"""Mail that waits to be sent, in the database: ``service.ports.outbound.Outbound``. domain.md §6.

``due_at`` is the only clock of a delivery: when it is tried next, and while it is leased, when somebody else
may try it. Each statement that ends a lease asks for its fence, so that a process which lost it, to another
or to the operator, finds nothing to change. Two lanes that end the last two deliveries of one message lock
the message first (docs/decisions/0005-row-locks-on-postgresql.md), or neither would see that it has left.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.service.ports.outbound import (
    OUTGOING,
    Lease,
    LeasedDelivery,
    NewOutbound,
    OutboundDelivery,
    OutboundId,
)
from vaguemestre.service.ports.vault import KeyDay, SealedBody, SealedCard
from vaguemestre.store.deliver_by import written
from vaguemestre.store.dialects.connection import Connection, Parameters, Row
from vaguemestre.store.outbound_view import DELIVERY, OutboundView
from vaguemestre.store.times import to_micros

_ADD: Final = """
INSERT INTO outbound_message (submission, queue_id, reverse_path, accepted_at, envelope_id, returned,
    requires_tls, deliver_by, deliver_by_mode, body, day, size, octets, location, wrapped_key, card)
VALUES (:submission, :queue_id, :reverse_path, :at, :envelope_id, :returned,
    :requires_tls, :deliver_by, :deliver_by_mode, :body, :day, :size, :octets, :location, :wrapped_key,
    :card) GIVING(id)
"""
_ADD_DELIVERY: Final = """
INSERT INTO outbound_delivery (message, destination, accepted_at, state, due_at, attempts, crashes, fence,
    owner, is_delay_told, reason, withdraw_at, tell_at)
VALUES (:message, :destination, :at, 'waiting', :at, 0, 0, 0, '', :is_delay_told, '', :withdraw_at, :tell_at)
"""
_ADD_RECIPIENT: Final = """
INSERT INTO outbound_recipient (message, destination, recipient_key, recipient, notify, original)
VALUES (:message, :destination, :key, :recipient, :notify, :original)
ON CONFLICT (message, destination, recipient_key) DO NOTHING
"""
_ANYTHING: Final = "SELECT 1 FROM outbound_delivery WHERE state = 'waiting' LIMIT 1"
NEXT_DESTINATIONS: Final = """
WITH RECURSIVE known (destination) AS (
    SELECT min(destination) FROM outbound_delivery WHERE state = 'waiting' AND destination > :after
    UNION ALL
    SELECT (SELECT min(d.destination) FROM outbound_delivery d
            WHERE d.state = 'waiting' AND d.destination > known.destination)
    FROM known WHERE known.destination IS NOT NULL
)
SELECT destination FROM known
WHERE destination IS NOT NULL
    AND EXISTS (SELECT 1 FROM outbound_delivery d
        WHERE d.state = 'waiting' AND d.destination = known.destination AND d.due_at <= :now)
    AND NOT EXISTS (SELECT 1 FROM outbound_pause p
        WHERE p.destination = known.destination AND p.until > :now)
LIMIT :limit
"""
LEASABLE: Final = (
    DELIVERY
    + """
WHERE d.state = 'waiting' AND d.destination = :destination AND d.due_at <= :now
ORDER BY d.due_at, d.message LIMIT :limit
"""
)
_LEASE: Final = """
UPDATE outbound_delivery SET due_at = :until, owner = :owner, fence = fence + 1, attempts = attempts + 1
WHERE message = :message AND destination = :destination AND fence = :fence AND state = 'waiting'
RETURNING fence
"""
_STANDS: Final = """
WHERE message = :message AND destination = :destination AND fence = :fence AND owner <> ''
"""
_STANDING: Final = f"SELECT 1 FROM outbound_delivery {_STANDS}"  # noqa: S608 (constants)
_RENEW: Final = f"UPDATE outbound_delivery SET due_at = :until {_STANDS} RETURNING fence"  # noqa: S608 (constants)
_LOCK_DELIVERY: Final = f"UPDATE outbound_delivery SET fence = fence {_STANDS} RETURNING fence"  # noqa: S608 (constants)
_LOCK_MESSAGE: Final = "SELECT 1 FROM outbound_message WHERE id = :message FOR NO KEY UPDATE"
_DROP_RECIPIENT: Final = """
DELETE FROM outbound_recipient
WHERE message = :message AND destination = :destination AND recipient_key = :key
"""
_DROP_RECIPIENTS: Final = """
DELETE FROM outbound_recipient WHERE message = :message AND destination = :destination
"""
_DROP_DELIVERY: Final = """
DELETE FROM outbound_delivery WHERE message = :message AND destination = :destination
    AND NOT EXISTS (SELECT 1 FROM outbound_recipient r
        WHERE r.message = :message AND r.destination = :destination)
"""
_LEAVE: Final = """
UPDATE outbound_message SET left_at = :at WHERE id = :message
    AND NOT EXISTS (SELECT 1 FROM outbound_delivery d WHERE d.message = :message)
"""
_DEFER: Final = f"""
UPDATE outbound_delivery SET due_at = :due_at, owner = '', reason = :reason, crashes = crashes + :crashes
{_STANDS} RETURNING fence
"""  # noqa: S608 (constants)
_PARK: Final = f"""
UPDATE outbound_delivery SET state = 'parked', owner = '', reason = :reason, crashes = crashes + 1
{_STANDS} RETURNING fence
"""  # noqa: S608 (constants)
_RELEASE: Final = f"""
UPDATE outbound_delivery SET due_at = :now, owner = '', attempts = attempts - 1 {_STANDS}
"""  # noqa: S608 (constants)
_TAKE_BACK: Final = """
UPDATE outbound_delivery SET due_at = :now, owner = '', fence = fence + 1
WHERE owner <> '' AND attempts <= :most RETURNING fence
"""
_TELL_LATE: Final = """
UPDATE outbound_delivery SET is_delay_told = true WHERE is_delay_told = false AND accepted_at < :before
    AND (message, destination) IN (
        SELECT message, destination FROM outbound_delivery
        WHERE is_delay_told = false AND accepted_at < :before ORDER BY accepted_at LIMIT :limit)
RETURNING message, destination
"""
_TELL_DUE: Final = """
UPDATE outbound_delivery SET tell_at = NULL WHERE tell_at <= :now
    AND (message, destination) IN (
        SELECT message, destination FROM outbound_delivery
        WHERE tell_at <= :now ORDER BY tell_at LIMIT :limit)
RETURNING message, destination
"""
_OUT_OF_TIME: Final = (
    DELIVERY
    + """
WHERE d.withdraw_at <= :now AND (d.owner = '' OR d.due_at <= :now) ORDER BY d.withdraw_at LIMIT :limit
"""
)
_ENDED: Final = (
    DELIVERY
    + """
WHERE d.accepted_at < :before AND d.state <> 'held' AND (d.owner = '' OR d.due_at <= :now)
ORDER BY d.accepted_at LIMIT :limit
"""
)
_TAKE: Final = """
UPDATE outbound_delivery SET fence = fence + 1, owner = ''
WHERE message = :message AND destination = :destination AND fence = :fence RETURNING fence
"""
_ONE: Final = DELIVERY + " WHERE d.message = :message AND d.destination = :destination"
_BODY: Final = """
SELECT body, day, size, octets, location, wrapped_key, card FROM outbound_message WHERE id = :message
"""
_OF_BODY: Final = "SELECT id FROM outbound_message WHERE body = :body"
_LEFT: Final = """
DELETE FROM outbound_message WHERE left_at IS NOT NULL AND id IN (
    SELECT id FROM outbound_message m WHERE m.left_at IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM report r WHERE r.submission = m.submission)
    ORDER BY m.left_at LIMIT :limit)
RETURNING body, day, size, location, wrapped_key
"""
_DAYS: Final = "SELECT DISTINCT day FROM outbound_message"


def _place(lease: Lease) -> dict[str, int | str]:
    return {"message": lease.message, "destination": lease.destination, "fence": lease.fence}


def _clocks(message: NewOutbound) -> dict[str, int | bool | None]:
    """When it is withdrawn, when its sender is told, and whether he is not to be told that it takes long.

    A sender who has set a time is told by it, and not by the operator's besides; a time that is over was told
    of by whoever brought the message (RFC 2852 §4).
    """
    nobody = message.submission is None or message.reverse_path is None
    due = message.deliver_by
    if due is None or due.withdraws:
        withdraw_at = None if due is None else to_micros(due.at)
        return {"is_delay_told": nobody, "withdraw_at": withdraw_at, "tell_at": None}
    is_told = nobody or due.is_over(message.at)
    return {"is_delay_told": True, "withdraw_at": None, "tell_at": None if is_told else to_micros(due.at)}


class OutboundTable(OutboundView):
    """Messages, deliveries, recipients; what the operator sees and pauses are in ``outbound_view``."""

    def __init__(self, connection: Connection):
        super().__init__(connection)

    def add(self, message: NewOutbound) -> OutboundId:
        """A row for the message, one for each destination, one for each recipient."""
        body, at = message.body, to_micros(message.at)
        if body.bal != OUTGOING:
            raise ValueError("what leaves is sealed for nobody's bal")
        number = self._connection.insert(
            _ADD,
            {
                "submission": message.submission,
                "queue_id": message.queue_id,
                "reverse_path": None if message.reverse_path is None else str(message.reverse_path),
                "at": at,
                "envelope_id": message.identifier,
                "returned": "" if message.returned is None else message.returned.value,
                "requires_tls": message.requires_tls,
                **written(message.deliver_by),
                "body": body.id,
                "day": body.day,
                "size": body.size,
                "octets": body.octets,
                "location": body.location,
                "wrapped_key": body.wrapped_key,
                "card": body.card,
            },
        )
        recipients: list[Parameters] = [
            {
                "message": number,
                "destination": recipient.domain_key,
                "key": recipient.key,
                "recipient": str(recipient),
                "notify": ",".join(sorted(wish.notify)),
                "original": wish.original,
            }
            for recipient, wish in message.recipients
        ]
        clocks = _clocks(message)
        for destination in sorted({recipient.domain_key for recipient, _ in message.recipients}):
            where: Parameters = {"message": number, "destination": destination, "at": at, **clocks}
            self._connection.run(_ADD_DELIVERY, where)
        self._connection.many(_ADD_RECIPIENT, recipients)
        return OutboundId(number)

    def due(self, now: datetime, after: str, limit: int) -> list[str]:
        """One look at the index for each destination that anything waits for."""
        if self._connection.one(_ANYTHING, {}) is None:
            return []
        asked: Parameters = {"now": to_micros(now), "after": after, "limit": limit}
        return [row[0] for row in self._connection.all(NEXT_DESTINATIONS, asked)]

    def lease(
        self, destination: str, owner: str, now: datetime, until: datetime, limit: int
    ) -> list[LeasedDelivery]:
        """One statement each: whoever else leased it meanwhile has moved its fence."""
        asked: Parameters = {"destination": destination, "now": to_micros(now), "limit": limit}
        leased: list[LeasedDelivery] = []
        for row in self._connection.all(LEASABLE, asked):
            message, fence = OutboundId(row[0]), row[-1]
            place = {"message": message, "destination": destination, "fence": fence}
            taken = self._connection.one(_LEASE, {**place, "until": to_micros(until), "owner": owner})
            if taken is not None:
                lease = Lease(message, destination, fence + 1, until)
                delivery = self._read(message, destination)
                if delivery is not None:
                    leased.append(LeasedDelivery(lease, delivery))
        return leased

    def renew(self, leases: Collection[Lease], until: datetime) -> list[Lease]:
        """By their places, always in the same order."""
        end = to_micros(until)
        return [
            lease
            for lease in sorted(leases)
            if self._connection.one(_RENEW, {**_place(lease), "until": end}) is not None
        ]

    def stands(self, lease: Lease) -> bool:
        """A read: nothing is locked."""
        return self._connection.one(_STANDING, _place(lease)) is not None

    def body(self, message: OutboundId) -> SealedBody | None:
        """None once it has left."""
        row = self._connection.one(_BODY, {"message": message})
        if row is None:
            return None
        id_, day, size, octets, location, wrapped_key, card = row
        inside = None if octets is None else bytes(octets)
        wrapped = None if wrapped_key is None else bytes(wrapped_key)
        return SealedBody(
            BodyId(bytes(id_)), OUTGOING, KeyDay(day), size, inside, location, wrapped, bytes(card)
        )

    def card(self, body: BodyId) -> SealedCard | None:
        """Until the last report on it was written."""
        row = self._connection.one(_OF_BODY, {"body": body})
        return None if row is None else self.body(OutboundId(row[0]))

    def settle(self, lease: Lease, recipients: Collection[Address], at: datetime) -> bool:
        """The message is locked first: see above."""
        if self._stands(lease) is False:
            return False
        place: dict[str, int | str] = {"message": lease.message, "destination": lease.destination}
        self._connection.many(_DROP_RECIPIENT, [{**place, "key": one.key} for one in recipients])
        self._leave(lease.message, lease.destination, at)
        return True

    def defer(self, lease: Lease, due_at: datetime, reason: str, *, has_crashed: bool = False) -> bool:
        """One statement."""
        said: Parameters = {"due_at": to_micros(due_at), "reason": reason, "crashes": int(has_crashed)}
        return self._connection.one(_DEFER, {**_place(lease), **said}) is not None

    def park(self, lease: Lease, reason: str) -> bool:
        """One statement."""
        return self._connection.one(_PARK, {**_place(lease), "reason": reason}) is not None

    def release(self, leases: Collection[Lease], now: datetime) -> None:
        """As if they had not been leased."""
        at = to_micros(now)
        self._connection.many(_RELEASE, [{**_place(lease), "now": at} for lease in sorted(leases)])

    def take_back(self, now: datetime, most: int) -> int:
        """One statement, over everything that waits: for a process that starts."""
        return len(self._connection.all(_TAKE_BACK, {"now": to_micros(now), "most": most}))

    def tell_late(self, before: datetime, limit: int) -> list[OutboundDelivery]:
        """One statement marks them: nobody is told twice."""
        rows = self._connection.all(_TELL_LATE, {"before": to_micros(before), "limit": limit})
        return [found for row in rows if (found := self._read(row[0], row[1])) is not None]

    def tell_due(self, now: datetime, limit: int) -> list[OutboundDelivery]:
        """One statement forgets their hour: nobody is told twice."""
        rows = self._connection.all(_TELL_DUE, {"now": to_micros(now), "limit": limit})
        return [found for row in rows if (found := self._read(row[0], row[1])) is not None]

    def take_out_of_time(self, now: datetime, limit: int) -> list[OutboundDelivery]:
        """By the index of their hour."""
        return self._taken(self._connection.all(_OUT_OF_TIME, {"now": to_micros(now), "limit": limit}), now)

    def take_ended(self, before: datetime, now: datetime, limit: int) -> list[OutboundDelivery]:
        """By the index of their age."""
        asked: Parameters = {"before": to_micros(before), "now": to_micros(now), "limit": limit}
        return self._taken(self._connection.all(_ENDED, asked), now)

    def take(self, queue_id: str, now: datetime) -> list[OutboundDelivery]:
        """Whoever is sending it finds its lease gone."""
        return self._taken(self._rows_of(queue_id), now)

    def left(self, limit: int) -> list[SealedBody]:
        """Those of which a report waits stay: it names the message by its card."""
        rows = self._connection.all(_LEFT, {"limit": limit})
        return [
            SealedBody(
                BodyId(bytes(id_)),
                OUTGOING,
                KeyDay(day),
                size,
                b"" if location is None else None,
                location,
                None if wrapped_key is None else bytes(wrapped_key),
                b"",
            )
            for id_, day, size, location, wrapped_key in rows
        ]

    def days(self) -> frozenset[KeyDay]:
        """From an index."""
        return frozenset(KeyDay(row[0]) for row in self._connection.all(_DAYS, {}))

    def _taken(self, rows: Sequence[Row], now: datetime) -> list[OutboundDelivery]:
        taken: list[OutboundDelivery] = []
        for row in rows:
            place: dict[str, int | str] = {"message": row[0], "destination": row[1]}
            self._lock(row[0])
            if self._connection.one(_TAKE, {**place, "fence": row[-1]}) is None:
                continue
            taken.append(self._whole(row))
            self._connection.run(_DROP_RECIPIENTS, place)
            self._leave(row[0], row[1], now)
        return taken

    def _read(self, message: int, destination: str) -> OutboundDelivery | None:
        row = self._connection.one(_ONE, {"message": message, "destination": destination})
        return None if row is None else self._whole(row)

    def _leave(self, message: int, destination: str, at: datetime) -> None:
        self._connection.run(_DROP_DELIVERY, {"message": message, "destination": destination})
        self._connection.run(_LEAVE, {"message": message, "at": to_micros(at)})

    def _stands(self, lease: Lease) -> bool:
        self._lock(lease.message)
        return self._connection.one(_LOCK_DELIVERY, _place(lease)) is not None

    def _lock(self, message: int) -> None:
        if self._connection.has_neighbours:
            self._connection.one(_LOCK_MESSAGE, {"message": message})
