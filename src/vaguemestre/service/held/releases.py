"""Releasing messages when their hour has come: a bounded number at a time, the earliest first. RFC 4865.

What a message holds was sealed for its sender alone while it waited: it is opened, read again, sealed for
each recipient, and only then handed to the unit of work. A few go side by side, so that they share a commit;
one that cannot be released keeps no other waiting.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Final

import structlog

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.held import Held
from vaguemestre.mime.reader import MessageReader, ReadMessage
from vaguemestre.policy.limits import Policy
from vaguemestre.service.arriving.delivery import HolderChanged, closes
from vaguemestre.service.arriving.intake import Intake
from vaguemestre.service.arriving.origin import from_account
from vaguemestre.service.arriving.preparing import Preparing
from vaguemestre.service.held.cancelling import cancel
from vaguemestre.service.held.releasing import Released, TakenAlready, release_message
from vaguemestre.service.outbound.queueing import owners_of
from vaguemestre.service.ports.outbound import OUTGOING
from vaguemestre.service.ports.store import CommitUnknownError, StoreBusyError, Transaction
from vaguemestre.service.ports.vault import KeyDestroyedError, SealedBody, Spool
from vaguemestre.service.sign_in.outcome import Reader, SignedIn

_AFTER_A_MISFORTUNE: Final = timedelta(minutes=5)
_AT_ONCE: Final = 32  # read in one go: 20 µs each
_TOGETHER: Final = 4  # twice as many a second as one by one; eight would make submissions wait longer
_MANY: Final = 10  # recipients: a unit that files for more takes more than a few milliseconds
_WORKER: Final = "rule:HLD-1"

_log = structlog.get_logger()


class Releases:
    """``hostname`` names this server in the trace field of what is released."""

    def __init__(self, intake: Intake) -> None:
        self._store = intake.store
        self._vault = intake.vault
        self._clock = intake.clock
        self._policy = intake.policy
        self._hostname = intake.hostname
        self._examination = intake.examination
        self._dispensations = intake.dispensations
        self._preparing = Preparing(intake)

    async def run_once(self, limit: int) -> int:
        """Release at most ``limit`` of those whose hour has come, for the background worker; how many."""
        done = 0
        while done < limit:
            count = await self._release_some(min(_AT_ONCE, limit - done))
            done += count
            if count < _AT_ONCE:
                break
        return done

    async def _release_some(self, limit: int) -> int:
        now = self._clock.now()
        due = await self._store.read(lambda tx: tx.held.due(now, limit))
        for start in range(0, len(due), _TOGETHER):
            some = due[start : start + _TOGETHER]
            ends = await asyncio.gather(*map(self._release_due, some), return_exceptions=True)
            for end in ends:
                if end is not None:
                    raise end  # the store is busy: each of the others has come to its own end
        return len(due)

    async def _release_due(self, held: Held) -> None:
        """One whose hour has come. Raises StoreBusyError alone."""
        try:
            await self.release(held)
        except (TakenAlready, HolderChanged):
            return  # by another process; or it is looked at again, with the holders of that moment
        except StoreBusyError:
            raise
        except KeyDestroyedError:
            await self._give_up(held)
        except Exception:  # unforeseen: the next in line must not wait for it
            _log.exception("release_failed", queue_id=held.queue_id)
            await self._postpone(held)
        await asyncio.sleep(0)  # the sessions have their turn between two messages

    async def release(self, held: Held, actor: str = _WORKER) -> Released:
        """Now, whatever its hour. Raises TakenAlready, HolderChanged, StoreBusyError, KeyDestroyedError."""
        now = self._clock.now()
        signed_in, body, owners = await self._store.read(lambda tx: _facts(tx, self._policy, held))
        spool = self._vault.spool()
        bodies: dict[BalId, SealedBody] = {}
        may_be_filed = False
        released = Released()
        try:
            read = await self._read(held, body, spool, now)
            if body is not None:
                await self._preparing.seal_copies(bodies, owners, spool, read.card, now)
            # The field added here must not carry a message over the limit that it kept when it was accepted.
            facts = replace(
                await self._examination.of(spool, read), size=body.size if body is not None else 0
            )
            delivery = self._preparing.delivery(
                from_account(signed_in), held.envelope, facts, held.queue_id, None, bodies, now
            )
            if self._dispensations is not None:
                delivery = await self._dispensations.completed(self._store, self._policy, delivery)
            may_be_filed = True
            released = await self._store.write(
                lambda tx: release_message(tx, self._policy, delivery, held, actor),
                "release",
                is_long=len(owners) > _MANY or closes(facts, signed_in.bal) is not None,
            )
        except CommitUnknownError:
            raise
        except (TakenAlready, HolderChanged, StoreBusyError):
            may_be_filed = False
            raise
        finally:
            spool.discard()
            if not may_be_filed:
                await self._vault.discard(list(bodies.values()))
        received = {*(bal.id for bal in released.holders), *((OUTGOING,) if released.elsewhere else ())}
        await self._vault.discard([one for bal, one in bodies.items() if bal not in received])
        _log.info(
            "message_released",
            queue_id=held.queue_id,
            recipients=len(released.holders) + len(released.elsewhere),
            refused=len(released.refused),
            deferred=len(released.deferred),
        )
        return released

    async def _read(self, held: Held, body: SealedBody | None, spool: Spool, now: datetime) -> ReadMessage:
        """The octets as they were accepted, and a trace field of their release under Return-Path."""
        reader = MessageReader()
        is_first = True
        if body is not None:
            async for piece in self._vault.open_octets(body):
                octets = self._traced(piece, held, now) if is_first else piece
                is_first = False
                spool.feed(octets)
                reader.feed(octets)
                await asyncio.sleep(0)
        return reader.finish()

    def _traced(self, head: bytes, held: Held, now: datetime) -> bytes:
        """RFC 5321 §4.4: Return-Path stands first, then the latest Received."""
        return_path, end, rest = head.partition(b"\r\n")
        received = f"Received: by {self._hostname} id {held.queue_id}; {format_datetime(now)}"
        return b"".join((return_path, end, received.encode(), end, rest))

    async def _give_up(self, held: Held) -> None:
        """What it says is unreadable for ever: nobody can have it."""
        now = self._clock.now()
        await self._store.write(lambda tx: cancel(tx, held, "rule:RET-1", now), "give up release")

    async def _postpone(self, held: Held) -> None:
        until = self._clock.now() + _AFTER_A_MISFORTUNE
        await self._store.write(lambda tx: tx.held.postpone(held.submission, until), "postpone release")


def _facts(tx: Transaction, policy: Policy, held: Held) -> tuple[SignedIn, SealedBody | None, list[BalId]]:
    """The sender, the copy that waited, None when it is gone, and whose copies are to be made."""
    sender = tx.bals.by_id(held.sender)
    if sender is None:
        raise LookupError("a message waits whose sender is gone")
    row = tx.messages.row(held.mailbox, held.uid)
    body = tx.messages.body(row.body) if row is not None else None
    reader = tx.bals.by_id(held.reader) if held.reader is not None else None
    signed_in = SignedIn(sender, Reader(reader, frozenset()) if reader is not None else None)
    return signed_in, body, owners_of(tx, policy, held.envelope.recipients)
