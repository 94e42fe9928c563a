"""Telling both sides that a conversation was closed: a debt made by ``close_pairs``, paid here. domain.md §2.

The citizen reads one notice in the conversation, however many sides of it were closed and in however many
ways; the professional one notice for all that was closed without him. What was opened again before anybody
was told is not told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import structlog

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import ConversationId, Pair
from vaguemestre.service.arriving.parties import address_of
from vaguemestre.service.conversations.closing_words import (
    Ended,
    told_of_many,
    told_to_citizen,
    told_to_professional,
)
from vaguemestre.service.mailboxes.message_names import MessageNames
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.owed_notice import OwedNotice
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.telling.filing import filed_once
from vaguemestre.service.telling.notices import Notice, seal_notice

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Telling:
    """One notice to be filed, the debts it pays, and the conversation it belongs to if it is one."""

    bal: Bal
    notice: Notice
    paid: Sequence[OwedNotice]
    conversation: ConversationId | None


class ClosingNotices:
    """Pays what is owed. ``hostname`` names this server in message identifiers."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, hostname: str) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._hostname = hostname
        self._names = MessageNames(store, vault)

    async def run_once(self, limit: int) -> int:
        """Tell of at most ``limit`` closings, for the background worker; how many."""
        due = await self._store.read(lambda tx: tx.owed_notices.due(limit))
        for _, owed in groupby(due, key=lambda one: one.bal):
            await self._tell(list(owed))
        return len(due)

    async def _tell(self, owed: Sequence[OwedNotice]) -> None:
        bal = await self._store.read(lambda tx: tx.bals.by_id(owed[0].bal))
        told: list[OwedNotice] = []
        if bal is not None and bal.state.receives:
            for telling in await self._tellings(bal, owed):
                await self._file(telling)
                told += telling.paid
        silent = [one for one in owed if one not in told]
        if silent:
            await self._store.write(lambda tx: _strike(tx, silent), "closing notice")

    async def _tellings(self, bal: Bal, owed: Sequence[OwedNotice]) -> list[_Telling]:
        if bal.kind is BalKind.CITIZEN:
            found = [await self._to_citizen(bal, one) for one in owed]
            return [telling for telling in found if telling is not None]
        ended = await self._store.read(lambda tx: _ended(tx, bal, owed))
        if not ended:
            return []
        paid = [one for one, _ in ended]
        if len(ended) > 1:
            return [_Telling(bal, told_of_many([one for _, one in ended]), paid, None)]
        only = paid[0].conversation
        notice = told_to_professional(ended[0][1], await self._references(bal, only))
        return [_Telling(bal, notice, paid, only)]

    async def _to_citizen(self, bal: Bal, owed: OwedNotice) -> _Telling | None:
        pairs: list[Pair] = await self._store.read(
            lambda tx: tx.conversations.pairs(conversation=owed.conversation)
        )
        if all(pair.closed_at is None for pair in pairs):
            return None  # opened again meanwhile
        references = await self._references(bal, owed.conversation)
        return _Telling(bal, told_to_citizen(owed.by, pairs, references), [owed], owed.conversation)

    async def _references(self, bal: Bal, conversation: ConversationId) -> tuple[str, ...]:
        """What puts the notice under the conversation in a mail client: the last message he has of it."""
        latest = await self._store.read(lambda tx: tx.owed_notices.latest_messages(bal.id, conversation, 1))
        names = [await self._names.of(body) for body in latest]
        return tuple(name for name in names if name is not None)

    async def _file(self, telling: _Telling) -> None:
        bal, now = telling.bal, self._clock.now()
        sealed = await seal_notice(self._vault, bal.id, bal.address, telling.notice, self._hostname, now)
        professional = bal.address if bal.kind.is_professional else None

        def unit(tx: Transaction) -> bool:
            if not _strike(tx, telling.paid):
                return False
            sealed.file(tx, bal.id, now, telling.conversation, professional)
            return True

        if await filed_once(self._store, self._vault, sealed.body, unit, "closing notice"):
            _log.info("closing_told", conversations=len(telling.paid), to=str(bal.kind))


def _strike(tx: Transaction, owed: Sequence[OwedNotice]) -> int:
    return sum(tx.owed_notices.strike(one) for one in owed)


def _ended(tx: Transaction, bal: Bal, owed: Sequence[OwedNotice]) -> list[tuple[OwedNotice, Ended]]:
    """Those that are still closed, with what the professional is told of them."""
    found = []
    for one in owed:
        pair = tx.conversations.pair(one.conversation, bal.address)
        if pair is None or pair.closed_at is None:
            continue
        citizen = address_of(tx, pair.citizen)
        if citizen is not None:
            found.append((one, Ended(citizen, pair.opened_at, one.by)))
    return found
