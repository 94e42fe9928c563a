"""What the operator sees of mail that waits to be sent, and the destinations that are left alone.

The part of ``service.ports.outbound.Outbound`` that nobody's lease stands behind.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from vaguemestre.mail.dsn import Notify, Returned, Wish
from vaguemestre.service.ports.outbound import (
    AgeCount,
    OutboundDelivery,
    OutboundId,
    Pause,
    QueueDepth,
    WaitState,
)
from vaguemestre.store.bals import address_from
from vaguemestre.store.deliver_by import read
from vaguemestre.store.dialects.connection import Connection, Parameters, Row
from vaguemestre.store.times import MICROS, from_micros, to_micros

DELIVERY: Final = """
SELECT d.message, d.destination, m.submission, m.queue_id, m.reverse_path, m.accepted_at, m.size,
    m.envelope_id, m.returned, m.requires_tls, m.deliver_by, m.deliver_by_mode, d.state, d.due_at,
    d.attempts, d.crashes, d.owner, d.reason, d.fence
FROM outbound_delivery d JOIN outbound_message m ON m.id = d.message
"""
_RECIPIENTS: Final = """
SELECT recipient, notify, original FROM outbound_recipient
WHERE message = :message AND destination = :destination ORDER BY recipient_key
"""
_LISTED: Final = (
    DELIVERY
    + """
WHERE (:destination = '' OR d.destination = :destination) AND (:state = '' OR d.state = :state)
ORDER BY d.accepted_at, d.message, d.destination LIMIT :limit
"""
)
_OF: Final = DELIVERY + " WHERE m.queue_id = :queue_id ORDER BY d.destination"
_HASTEN: Final = """
UPDATE outbound_delivery SET state = 'waiting', due_at = :now, crashes = 0
WHERE (:destination = '' OR destination = :destination)
    AND (:queue_id = '' OR message = (SELECT id FROM outbound_message WHERE queue_id = :queue_id))
    AND (owner = '' OR due_at <= :now)
    AND (state = 'waiting' OR :destination <> '' OR :queue_id <> '')
RETURNING destination
"""
_HOLD: Final = """
UPDATE outbound_delivery SET state = 'held', owner = '', fence = fence + 1
WHERE message = (SELECT id FROM outbound_message WHERE queue_id = :queue_id) RETURNING destination
"""
_PAUSE: Final = """
INSERT INTO outbound_pause (destination, until, since, failures, reason)
VALUES (:destination, :until, :since, :failures, :reason)
ON CONFLICT (destination) DO UPDATE SET until = excluded.until, since = excluded.since,
    failures = excluded.failures, reason = excluded.reason
"""
_PAUSES: Final = "SELECT destination, until, since, failures, reason FROM outbound_pause"
_PAUSED: Final = _PAUSES + " WHERE destination = :destination"
_ALL_PAUSES: Final = _PAUSES + " ORDER BY destination"
_RESUME: Final = "DELETE FROM outbound_pause WHERE destination = :destination"
_AGES: Final = """
SELECT destination, count(*) FROM outbound_delivery
WHERE accepted_at <= :younger AND accepted_at > :older GROUP BY destination ORDER BY destination
"""
_DEPTH: Final = """
SELECT count(*) FROM (SELECT 1 FROM outbound_delivery WHERE state = :state LIMIT :most) AS counted
"""
_OLDEST: Final = "SELECT min(accepted_at) FROM outbound_delivery"
_LONG_AGO: Final = -1


def _wish(notify: str, original: str) -> Wish:
    return Wish(frozenset(map(Notify, notify.split(","))) if notify else frozenset(), original)


def _pause(row: Row) -> Pause:
    destination, until, since, failures, reason = row
    return Pause(destination, from_micros(until), from_micros(since), failures, reason)


class OutboundView:
    """Reads, and what the operator does."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def listed(
        self, *, destination: str | None = None, state: WaitState | None = None, limit: int = 100
    ) -> list[OutboundDelivery]:
        """The oldest first."""
        asked: Parameters = {
            "destination": destination or "",
            "state": state.value if state else "",
            "limit": limit,
        }
        return list(map(self._whole, self._connection.all(_LISTED, asked)))

    def of(self, queue_id: str) -> list[OutboundDelivery]:
        """By destination."""
        return list(map(self._whole, self._rows_of(queue_id)))

    def hasten(self, now: datetime, queue_id: str | None = None, destination: str | None = None) -> int:
        """What is parked or held is meant when it is named; a message in flight is left to it."""
        asked: Parameters = {
            "now": to_micros(now),
            "queue_id": queue_id or "",
            "destination": destination or "",
        }
        hastened = self._connection.all(_HASTEN, asked)
        for name in sorted({row[0] for row in hastened}):
            self.resume(name)
        return len(hastened)

    def hold(self, queue_id: str) -> int:
        """Whoever is sending it finds its lease gone."""
        return len(self._connection.all(_HOLD, {"queue_id": queue_id}))

    def pause(self, pause: Pause) -> None:
        """Replaces what was said before."""
        self._connection.run(
            _PAUSE,
            {
                "destination": pause.destination,
                "until": to_micros(pause.until),
                "since": to_micros(pause.since),
                "failures": pause.failures,
                "reason": pause.reason,
            },
        )

    def paused(self, destination: str) -> Pause | None:
        """None when it answered the last time, or was never asked."""
        row = self._connection.one(_PAUSED, {"destination": destination})
        return None if row is None else _pause(row)

    def resume(self, destination: str) -> None:
        """Nothing happens when it was not paused."""
        self._connection.run(_RESUME, {"destination": destination})

    def pauses(self) -> list[Pause]:
        """By destination, those that are over and not yet tried again too."""
        return list(map(_pause, self._connection.all(_ALL_PAUSES, {})))

    def ages(self, now: datetime, bounds: Sequence[int]) -> list[AgeCount]:
        """One walk of an index for each span."""
        counts: list[AgeCount] = []
        younger = to_micros(now) + MICROS  # what was accepted while this is asked
        for bound in (*bounds, _LONG_AGO):
            older = to_micros(now) - bound * MICROS if bound != _LONG_AGO else 0
            rows = self._connection.all(_AGES, {"younger": younger, "older": older})
            counts += (AgeCount(destination, bound, count) for destination, count in rows)
            younger = older
        return counts

    def depth(self, most: int) -> QueueDepth:
        """One look a state."""
        counted = {}
        for state in WaitState:
            row = self._connection.one(_DEPTH, {"state": state.value, "most": most})
            counted[state] = int(row[0]) if row is not None else 0
        oldest = self._connection.one(_OLDEST, {})
        return QueueDepth(counted, None if oldest is None or oldest[0] is None else from_micros(oldest[0]))

    def _rows_of(self, queue_id: str) -> list[Row]:
        return self._connection.all(_OF, {"queue_id": queue_id})

    def _whole(self, row: Row) -> OutboundDelivery:
        """A row of the columns of ``DELIVERY``, and its recipients."""
        recipients = self._connection.all(_RECIPIENTS, {"message": row[0], "destination": row[1]})
        message, destination, submission, queue_id, path, at, size, envelope_id, returned, *rest = row
        requires_tls, deliver_by, mode, state, due_at, attempts, crashes, owner, reason, _fence = rest
        return OutboundDelivery(
            OutboundId(message),
            destination,
            submission,
            queue_id,
            None if path is None else address_from(path),
            tuple((address_from(one), _wish(notify, original)) for one, notify, original in recipients),
            from_micros(at),
            size,
            envelope_id,
            Returned(returned) if returned else None,
            bool(requires_tls),
            read(deliver_by, mode),
            WaitState(state),
            from_micros(due_at),
            attempts,
            crashes,
            owner,
            reason,
        )
