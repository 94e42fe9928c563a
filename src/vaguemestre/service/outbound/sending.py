"""Sending what is queued for other operators: lanes to many destinations at once, none in another's way.

A destination is looked at by its name, however many messages wait for it; each has connections of its own,
as many as it bears. One that does not answer is paused as a whole, and its messages are not touched. What is
in memory is what is being sent: a hundred thousand that wait cost nothing. RFC 5321 §4.5.4.1.

At least once: a process killed after the other side's 250 and before our commit leaves a lease, and the same
message is sent again when that has run out, or at once when the only process there is starts anew. An
operator who knows a message again accepts it once, as we do.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from vaguemestre.service.health.figures import Figures
from vaguemestre.service.outbound import fates as fates
from vaguemestre.service.outbound.content import examine
from vaguemestre.service.outbound.destinations import Destination, Destinations, after, next_pause
from vaguemestre.service.outbound.leases import LeaseLost, Leases
from vaguemestre.service.ports.carrier import Carrier, CarrierSession, HungUp, Unreachable
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.outbound import Lease, LeasedDelivery
from vaguemestre.service.ports.store import Store, StoreBusyError, Transaction
from vaguemestre.service.ports.vault import KeyDestroyedError, SealBrokenError, Vault
from vaguemestre.smtp.client_commands import Mailing
from vaguemestre.smtp.client_replies import PeerReply

_BATCH: Final = 10  # leased at once for one connection
_PER_SESSION: Final = 200  # then another is made: certificates are judged again
_POISONOUS: Final = 5  # times
_REFUSED_IN_A_ROW: Final = 5  # for now: then the destination is left alone for a while
_LOOK_EVERY: Final = 0.25  # seconds, while there is work
_NAMES_AT_ONCE: Final = 200
_UNFORESEEN: Final = "our own code failed on it"

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SendingTerms:
    """``schedule``: the pauses after each attempt, the last one for ever. RFC 5321 §4.5.4.1."""

    schedule: tuple[timedelta, ...] = (
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=15),
        timedelta(minutes=30),
        timedelta(hours=1),
        timedelta(hours=2),
        timedelta(hours=4),
    )
    connections: int = 100
    connections_per_destination: int = 10
    lease: timedelta = timedelta(minutes=1)


class Sending:
    """``carrier`` None: this gateway is alone, nothing leaves. ``owner`` names this process in leases."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Clock,
        carrier: Carrier | None,
        terms: SendingTerms,
        owner: str,
        figures: Figures | None = None,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._carrier = carrier
        self._terms = terms
        self._leases = Leases(store, clock, owner, terms.lease)
        self._figures = figures or Figures()
        self._destinations = Destinations()

    async def take_over(self) -> None:
        """For the only process that serves the database, once, when it starts: a killed one left leases."""
        try:
            taken = await self._leases.take_back()
        except StoreBusyError:
            return  # they run out
        if taken:
            _log.info("leases_taken_back", deliveries=taken)

    async def run_once(self, limit: int) -> int:
        """Send until nothing is due, ``limit`` destinations looked at in one go. For the worker."""
        if self._carrier is None or not await self._names("", 1):
            return 0
        running: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as tasks:
            renewing = tasks.create_task(self._leases.keep_up())
            try:
                while True:
                    for name in await self._all_names(limit):
                        known = self._destinations.of(name)
                        if known.has_room() and len(running) < self._terms.connections:
                            known.running += 1
                            task = tasks.create_task(self._serve(self._carrier, name, known))
                            running.add(task)
                            task.add_done_callback(running.discard)
                    if not running:
                        return 0
                    await asyncio.wait(running, timeout=_LOOK_EVERY, return_when=asyncio.FIRST_COMPLETED)
            finally:
                renewing.cancel()

    async def _all_names(self, limit: int) -> list[str]:
        """Every destination that has something due, a page at a time."""
        names: list[str] = []
        after_name, most = "", max(min(limit, _NAMES_AT_ONCE), 1)
        while page := await self._names(after_name, most):
            names += page
            after_name = page[-1]
            if len(page) < most:
                break
        return names

    async def _names(self, after_name: str, limit: int) -> list[str]:
        now = self._clock.now()
        return await self._store.read(lambda tx: tx.outbound.due(now, after_name, limit))

    async def _serve(self, carrier: Carrier, name: str, known: Destination) -> None:
        """One connection, for as long as there is something to be sent by it."""
        left: deque[LeasedDelivery] = deque()
        try:
            left.extend(await self._leases.take(name, _BATCH))
            if left:
                await self._serve_leased(carrier, name, known, left)
        except StoreBusyError:
            _log.warning("sending_deferred", destination=name, reason="store busy")
        except Exception:  # unforeseen: the other destinations must not wait for it
            _log.exception("sending_failed", destination=name)
            known.failed()
        finally:
            known.running -= 1
            if left:
                await self._leases.give_back(one.lease for one in left)

    async def _serve_leased(
        self, carrier: Carrier, name: str, known: Destination, left: deque[LeasedDelivery]
    ) -> None:
        try:
            async with carrier.session(name) as session:
                await self._send_all(session, name, known, left)
        except Unreachable as error:
            known.failed()
            if error.is_final:
                while left:
                    one = left.popleft()
                    await self._answered(one, (error.reply,) * len(one.delivery.recipients), told=True)
            else:
                known.accepted = 0
                await self._pause(name, _codes(error.reply))

    async def _send_all(
        self, session: CarrierSession, name: str, known: Destination, left: deque[LeasedDelivery]
    ) -> None:
        sent = refused_in_a_row = 0
        while left:
            one = left.popleft()
            if self._leases.is_lost(one.lease):
                self._leases.drop(one.lease)
                continue
            try:
                replies = await self._send(session, one)
            except HungUp as error:
                if sent:
                    # It takes no more by this connection: by the next one, at once. Whether it was this
                    # message that brought it down is seen when it is the first of one.
                    left.appendleft(one)
                else:
                    await self._hung_up(one, error, known)
                return
            if replies is None:
                return  # nobody knows what the other side has of it: the session is not used again
            is_refused_for_now = not any(reply.is_positive or reply.is_permanent for reply in replies)
            refused_in_a_row = refused_in_a_row + 1 if is_refused_for_now else 0
            if not is_refused_for_now:
                known.succeeded(self._terms.connections_per_destination)
                if sent == 0:
                    await self._store.write(lambda tx: tx.outbound.resume(name), "resume destination")
                sent += 1
            if refused_in_a_row >= _REFUSED_IN_A_ROW:
                known.failed()
                await self._pause(name, _codes(replies[0]))
                return
            if not left and sent < _PER_SESSION:
                left.extend(await self._leases.take(name, _BATCH))

    async def _send(self, session: CarrierSession, one: LeasedDelivery) -> tuple[PeerReply, ...] | None:
        """What was said of each recipient, written down; None when our own code failed. Raises HungUp."""
        delivery = one.delivery
        try:
            body = await self._store.read(lambda tx: tx.outbound.body(one.lease.message))
            if body is None:
                self._leases.drop(one.lease)
                return ()
            content = await examine(self._vault, body)

            def pieces() -> AsyncIterator[bytes]:
                return self._while_ours(one.lease, content.pieces(self._vault))

            mailing = Mailing(
                delivery.reverse_path,
                delivery.recipients,
                content.size,
                delivery.identifier,
                delivery.returned,
                delivery.requires_tls,
                content.is_eight_bit,
                content.is_utf8,
                None if delivery.deliver_by is None else delivery.deliver_by.left(self._clock.now()),
            )
            replies = await session.send(mailing, pieces)
        except (HungUp, StoreBusyError):
            raise
        except LeaseLost:
            self._leases.drop(one.lease)
            _log.warning("lease_lost", queue_id=delivery.queue_id, destination=delivery.destination)
            return None
        except (KeyDestroyedError, SealBrokenError):
            await self._write(one, lambda tx: tx.outbound.park(one.lease, "it cannot be opened any more"))
            return None
        except Exception:
            _log.exception("sending_failed", queue_id=delivery.queue_id)
            await self._crashed(one, _UNFORESEEN)
            return None
        await self._answered(one, replies, told=session.reports, in_time=session.keeps_time)
        return replies

    async def _while_ours(self, lease: Lease, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """The last piece when it is known that the lease stands: without it the other side has no message."""
        last = b""
        async for piece in pieces:
            if last:
                yield last
            last = piece
        await self._leases.confirm(lease)
        if last:
            yield last

    async def _answered(
        self, one: LeasedDelivery, replies: Sequence[PeerReply], *, told: bool, in_time: bool = True
    ) -> None:
        """One unit of work for all the recipients; ``told`` and ``in_time``: see ``fates.accepted``."""
        now, delivery = self._clock.now(), one.delivery
        said = list(zip((address for address, _ in delivery.recipients), replies, strict=True))
        taken = [address for address, reply in said if reply.is_positive]
        refused = [(address, reply) for address, reply in said if reply.is_permanent]
        later = [reply for _, reply in said if not reply.is_positive and not reply.is_permanent]

        def unit(tx: Transaction) -> None:
            if not tx.outbound.settle(one.lease, [*taken, *(address for address, _ in refused)], now):
                return  # somebody else has it: he writes down what becomes of it
            fates.accepted(tx, delivery, taken, now, told=told, in_time=in_time)
            for address, reply in refused:
                fates.refused(tx, delivery, address, reply, now)
            if later:
                again = now + after(self._terms.schedule, delivery.attempts)
                tx.outbound.defer(one.lease, again, _codes(later[0]))

        await self._write(one, unit)
        for outcome, count in (("accepted", len(taken)), ("refused", len(refused)), ("deferred", len(later))):
            if count:
                self._figures.sent.add(outcome, by=count)
        _log.info(
            "message_sent",
            queue_id=delivery.queue_id,
            destination=delivery.destination,
            accepted=len(taken),
            refused=len(refused),
            deferred=len(later),
        )

    async def _hung_up(self, one: LeasedDelivery, error: HungUp, known: Destination) -> None:
        """On this message, or on everybody? Where others get through, it is this message's doing."""
        known.failed()
        if error.is_sudden and known.accepted:
            await self._crashed(one, _codes(error.reply))
            return
        again = self._clock.now() + after(self._terms.schedule, one.delivery.attempts)
        await self._write(one, lambda tx: tx.outbound.defer(one.lease, again, _codes(error.reply)))
        _tell_put_off(one, _codes(error.reply))
        await self._pause(one.delivery.destination, _codes(error.reply))

    async def _crashed(self, one: LeasedDelivery, reason: str) -> None:
        again = self._clock.now() + after(self._terms.schedule, one.delivery.attempts)

        def unit(tx: Transaction) -> None:
            if one.delivery.crashes + 1 >= _POISONOUS:
                tx.outbound.park(one.lease, reason)
            else:
                tx.outbound.defer(one.lease, again, reason, has_crashed=True)

        await self._write(one, unit)
        _tell_put_off(one, reason)

    async def _write(self, one: LeasedDelivery, unit: Callable[[Transaction], object]) -> None:
        await self._store.write(unit, "send")
        self._leases.drop(one.lease)

    async def _pause(self, name: str, reason: str) -> None:
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            before = tx.outbound.paused(name)
            if before is None or before.until <= now:  # several connections failed: that is one failure
                tx.outbound.pause(next_pause(before, name, now, self._terms.schedule, reason))

        await self._store.write(unit, "pause destination")


def _codes(reply: PeerReply) -> str:
    """What is kept: the codes, never the sentence, which may hold an address."""
    return f"{reply.code} {reply.status}"


def _tell_put_off(one: LeasedDelivery, reason: str) -> None:
    delivery = one.delivery
    _log.info("message_put_off", queue_id=delivery.queue_id, destination=delivery.destination, reason=reason)
