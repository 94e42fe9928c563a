"""Telling somebody at another operator that a conversation was closed or opened here. domain.md §2, §6.

A citizen is told by what closes it at his operator too, whatever software that one runs: a message in the
professional's name with ``X-MSS-MES: FIN`` (domain.md §4), under the last ones that we have of it.
It has a reverse-path, or it would be a report, which closes nothing; and no failure of it comes back, for the
conversation is closed here all the same. What the operator opens again is told by an ordinary message, which
opens it there. A professional is told of closings as ours are, by one notice for all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Final

import structlog

from vaguemestre.mail.address import Address
from vaguemestre.mail.conversation import ConversationId, Pair
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.policy.limits import Policy
from vaguemestre.service.arriving.parties import address_of
from vaguemestre.service.conversations.closing_words import (
    Ended,
    told_of_many_elsewhere,
    told_that_open_again,
    told_to_citizen_elsewhere,
    told_to_professional,
)
from vaguemestre.service.conversations.life import IdentifierDigest
from vaguemestre.service.mailboxes.message_names import MessageNames
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.outbound import OUTGOING
from vaguemestre.service.ports.owed_elsewhere import OwedElsewhere, Whom
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.telling.filing import filed_once
from vaguemestre.service.telling.notices import Notice, seal_notice

_NAMED: Final = 5  # messages it stands under: the newest may be a notice of ours, which nobody knows there
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Changed:
    """A debt that still stands: the pair, its citizen, and the professionals he may answer."""

    owed: OwedElsewhere
    pair: Pair
    citizen: Address
    still: Sequence[Pair]


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is told to whom, the debts it pays, and the domain in which the service speaks."""

    to: Address
    notice: Notice
    paid: Sequence[OwedElsewhere]
    domain: str


class ClosingsElsewhere:
    """Pays what is owed. ``hostname`` names this server in message identifiers."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Clock,
        hostname: str,
        digest: IdentifierDigest,
        policy: Policy,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._hostname = hostname
        self._digest = digest
        self._policy = policy
        self._names = MessageNames(store, vault)

    async def run_once(self, limit: int) -> int:
        """Tell of at most ``limit`` closings, for the background worker; how many."""
        due = await self._store.read(lambda tx: tx.owed_elsewhere.due(limit))
        for (whom, _), owed in groupby(due, key=lambda one: (one.whom, one.professional.key)):
            await self._tell(whom, list(owed))
        return len(due)

    async def _tell(self, whom: Whom, owed: Sequence[OwedElsewhere]) -> None:
        found: list[_Changed] = await self._store.read(
            lambda tx: [changed for one in owed if (changed := self._changed(tx, one)) is not None]
        )
        told = [changed.owed for changed in found]
        silent = [one for one in owed if one not in told]
        if silent:  # it changed back meanwhile, or nobody to be told elsewhere any more
            await self._store.write(lambda tx: _strike(tx, silent), "closing elsewhere")
        if whom is Whom.CITIZEN:
            for changed in found:
                await self._queue(await self._to_citizen(changed))
        elif found:
            await self._queue(await self._to_professional(found))

    def _changed(self, tx: Transaction, owed: OwedElsewhere) -> _Changed | None:
        pairs = tx.conversations.pairs(conversation=owed.conversation)
        mine = next((pair for pair in pairs if pair.professional.key == owed.professional.key), None)
        citizen = None if mine is None else address_of(tx, mine.citizen)
        if mine is None or citizen is None or (mine.closed_at is None) is not (owed.by is None):
            return None
        to = citizen if owed.whom is Whom.CITIZEN else owed.professional
        if self._policy.is_ours(to.domain_key):  # he came to have a mailbox here
            return None
        return _Changed(owed, mine, citizen, [pair for pair in pairs if pair.closed_at is None])

    async def _to_citizen(self, changed: _Changed) -> _Telling:
        author, owed = changed.pair.professional, changed.owed
        references = await self._references(author, owed.conversation)
        if owed.by is None:
            notice = told_that_open_again(author, references)
        else:
            notice = told_to_citizen_elsewhere(owed.by, changed.pair, changed.still, references)
        return _Telling(changed.citizen, notice, [owed], author.domain)

    async def _to_professional(self, found: Sequence[_Changed]) -> _Telling:
        ended = [Ended(c.citizen, c.pair.opened_at, c.owed.by) for c in found if c.owed.by is not None]
        first = found[0]
        if len(found) > 1:
            notice = told_of_many_elsewhere(ended)
        else:
            references = await self._references(first.citizen, first.owed.conversation)
            notice = told_to_professional(ended[0], references)
        return _Telling(first.owed.professional, notice, [one.owed for one in found], first.citizen.domain)

    async def _references(self, holder: Address, conversation: ConversationId) -> tuple[str, ...]:
        """The last of it that the one who is here has: what came from the other is known to his operator."""
        bodies = await self._store.read(partial(_latest, holder=holder, conversation=conversation))
        names = [await self._names.of(body) for body in bodies]
        return tuple(name for name in names if name is not None)

    async def _queue(self, telling: _Telling) -> None:
        now, notice = self._clock.now(), telling.notice
        sealed = await seal_notice(
            self._vault, OUTGOING, telling.to, notice, self._hostname, now, domain=telling.domain
        )

        def unit(tx: Transaction) -> bool:
            if not _strike(tx, telling.paid):
                return False
            if notice.author is not None:
                sealed.queue_from(tx, notice.author, telling.to, now)
            else:
                sealed.queue(tx, telling.to, now)
            for digest in self._digest.of([sealed.message_id]):  # who answers it learns that it is closed
                for owed in telling.paid:
                    tx.conversations.remember(owed.conversation, digest, now)
            return True

        if await filed_once(self._store, self._vault, sealed.body, unit, "closing elsewhere"):
            _log.info("told_elsewhere", conversations=len(telling.paid))


def _strike(tx: Transaction, owed: Sequence[OwedElsewhere]) -> int:
    return sum(tx.owed_elsewhere.strike(one) for one in owed)


def _latest(tx: Transaction, holder: Address, conversation: ConversationId) -> list[BodyId]:
    bal = tx.bals.by_address(holder)
    return [] if bal is None else tx.owed_notices.latest_messages(bal.id, conversation, _NAMED)
