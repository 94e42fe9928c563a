"""The leases of one sending process: taken, kept up while messages are sent, given back. domain.md §6.

A lease may be lost while its message is on its way: to another process, when ours stood still for longer
than it lasts, or to the operator, who holds the message or takes it out. So the database is asked once more
before the octets that make it a message are sent. Who lost it breaks off, and the other side takes what it
has for nothing (RFC 5321 §4.1.1.10).
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.outbound import Lease, LeasedDelivery
from vaguemestre.service.ports.store import Store, StoreBusyError

_TAKEN_BACK: Final = 3  # attempts: what may have brought a process down waits, or it would again at once


class LeaseLost(Exception):  # noqa: N818 (a state of affairs, not a fault)
    """Somebody else may send that message now."""


class Leases:
    """``owner`` names this process, ``span`` is how long a lease lasts."""

    def __init__(self, store: Store, clock: Clock, owner: str, span: timedelta) -> None:
        self._store = store
        self._clock = clock
        self._owner = owner
        self._span = span
        self._ends: dict[Lease, datetime] = {}
        self._lost: set[Lease] = set()

    async def take(self, destination: str, limit: int) -> list[LeasedDelivery]:
        """Those due for the longest. Raises StoreBusyError."""
        now = self._clock.now()
        until = now + self._span
        leased = await self._store.write(
            lambda tx: tx.outbound.lease(destination, self._owner, now, until, limit), "lease"
        )
        self._ends.update((one.lease, until) for one in leased)
        return leased

    async def give_back(self, leases: Iterable[Lease]) -> None:
        """They were not tried."""
        now, given = self._clock.now(), list(leases)
        for lease in given:
            self.drop(lease)
        with suppress(StoreBusyError):  # they are due again when the lease has run out
            await self._store.write(lambda tx: tx.outbound.release(given, now), "release leases")

    async def take_back(self) -> int:
        """Of whoever was killed, when nobody else is alive; how many. Raises StoreBusyError."""
        now = self._clock.now()
        return await self._store.write(lambda tx: tx.outbound.take_back(now, _TAKEN_BACK), "take leases back")

    def drop(self, lease: Lease) -> None:
        """It has ended in the database, or is none of ours any more."""
        self._ends.pop(lease, None)
        self._lost.discard(lease)

    def is_lost(self, lease: Lease) -> bool:
        """As far as the last renewal told."""
        return lease in self._lost

    async def confirm(self, lease: Lease) -> None:
        """Now, and for the half of a lease to come at least. Raises LeaseLost, StoreBusyError.

        A read, as a rule: what was renewed lately can end early by the operator's hand alone.
        """
        ends = self._ends.get(lease)
        if ends is None or lease in self._lost:
            raise LeaseLost
        if ends - self._clock.now() < self._span / 2:
            await self._renew([lease])
            if lease in self._lost:
                raise LeaseLost
        elif not await self._store.read(lambda tx: tx.outbound.stands(lease)):
            raise LeaseLost

    async def keep_up(self) -> None:
        """For ever: a message may take longer than a lease lasts."""
        while True:
            await asyncio.sleep(self._span.total_seconds() / 3)
            with suppress(StoreBusyError):
                await self._renew(list(self._ends))

    async def _renew(self, held: list[Lease]) -> None:
        until = self._clock.now() + self._span
        kept = set(await self._store.write(lambda tx: tx.outbound.renew(held, until), "renew leases"))
        for lease in held:
            if lease in self._ends:  # not dropped meanwhile
                if lease in kept:
                    self._ends[lease] = until
                else:
                    self._lost.add(lease)
