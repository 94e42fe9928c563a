"""The queue in the operator's hands: looked at, hurried, held, emptied of one message. domain.md §6.

Each act is a line of the journal, under the operator's name; none shows what a message says.
"""

from collections.abc import Callable
from typing import Final

from vaguemestre.service.outbound import fates as fates
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.outbound import AgeCount, OutboundDelivery, Pause, WaitState
from vaguemestre.service.ports.store import Store, Transaction

BOUNDS: Final = tuple(minutes * 60 for minutes in (5, 15, 60, 240, 1440, 4320))
"""Ages in seconds by which the table has its columns: from what is usual to what comes back soon."""


class QueuedUnknown(Exception):  # noqa: N818 (a decision: look at the list)
    """Nothing of a message of that queue id waits to be sent."""


class OutboundQueue:
    """For the command line and whoever else shows it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def listed(
        self, destination: str | None, state: WaitState | None, limit: int
    ) -> list[OutboundDelivery]:
        """The oldest first."""
        name = None if destination is None else destination.lower()
        return await self._store.read(
            lambda tx: tx.outbound.listed(destination=name, state=state, limit=limit)
        )

    async def show(self, queue_id: str) -> list[OutboundDelivery]:
        """What waits of one message, by destination. Raises QueuedUnknown."""
        found = await self._store.read(lambda tx: tx.outbound.of(queue_id))
        if not found:
            raise _unknown(queue_id)
        return found

    async def ages(self) -> list[AgeCount]:
        """How much waits for whom since when, by ``BOUNDS``."""
        now = self._clock.now()
        return await self._store.read(lambda tx: tx.outbound.ages(now, BOUNDS))

    async def pauses(self) -> list[Pause]:
        """Destinations that are left alone, or were when they were tried the last time."""
        return await self._store.read(lambda tx: tx.outbound.pauses())

    async def retry(self, queue_id: str | None, destination: str | None, operator: str) -> int:
        """At once, and no destination of theirs is left alone any more; how many. Raises QueuedUnknown.

        What is held or parked is meant when it is named, or its destination is.
        """
        now, name = self._clock.now(), None if destination is None else destination.lower()
        detail = {"queue_id": queue_id or "", "destination": name or ""}

        def unit(tx: Transaction) -> int:
            if queue_id is not None and not tx.outbound.of(queue_id):
                raise _unknown(queue_id)
            return tx.outbound.hasten(now, queue_id, name)

        return await self._act("retried", operator, detail, unit)

    async def hold(self, queue_id: str, operator: str) -> int:
        """Not sent until it is retried; it does not come back by age either. Raises QueuedUnknown."""

        def unit(tx: Transaction) -> int:
            count = tx.outbound.hold(queue_id)
            if not count:
                raise _unknown(queue_id)
            return count

        return await self._act("held back", operator, {"queue_id": queue_id}, unit)

    async def drop(self, queue_id: str, operator: str) -> int:
        """Out of the queue; senders are told, of how many recipients. Raises QueuedUnknown."""
        now = self._clock.now()

        def unit(tx: Transaction) -> int:
            taken = tx.outbound.take(queue_id, now)
            if not taken:
                raise _unknown(queue_id)
            for delivery in taken:
                for recipient, _ in delivery.recipients:
                    fates.refused(tx, delivery, recipient, fates.WITHDRAWN, now)
            return sum(len(delivery.recipients) for delivery in taken)

        return await self._act("dropped", operator, {"queue_id": queue_id}, unit)

    async def _act(
        self, event: str, operator: str, detail: dict[str, str], unit: Callable[[Transaction], int]
    ) -> int:
        """With its line in the journal, in the same transaction."""
        now = self._clock.now()

        def whole(tx: Transaction) -> int:
            count = unit(tx)
            said = {name: value for name, value in detail.items() if value} | {"count": str(count)}
            tx.journal.record(JournalEntry(now, f"operator:{operator}", event, None, said))
            return count

        return await self._store.write(whole, f"queue {event}", is_long=True)


def _unknown(queue_id: str) -> QueuedUnknown:
    return QueuedUnknown(f"Nothing waits as {queue_id}: it was sent, or came back, or was never queued")
