"""Closing by hand: what ``$Clos``, the mailbox «Conversations closes» and the operator do. domain.md §2.

The citizen is told in the same transaction that closes, by a notice in the conversation. A notice is sealed
before the unit of work that may need it, because sealing waits and a unit does not; one that turns out not
to be needed is simply forgotten.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final, TypeAlias

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import ClosedBy, ConversationId, Pair
from vaguemestre.mail.mailbox import MessageRow
from vaguemestre.service.conversations import close_pairs
from vaguemestre.service.notices import SealedNotice, conversation_closed, seal_notice
from vaguemestre.service.ports import Vault
from vaguemestre.service.store_port import Store, Transaction

Notices: TypeAlias = Mapping[ConversationId, SealedNotice]

NO_NOTICES: Final[Notices] = MappingProxyType({})


class Closings:
    """Prepares what the citizens will be told. ``hostname`` names this server in message identifiers."""

    def __init__(self, store: Store, vault: Vault, hostname: str) -> None:
        self._store = store
        self._vault = vault
        self._hostname = hostname

    async def notices_for(self, bal: Bal, rows: Iterable[MessageRow], now: datetime) -> Notices:
        """One for each conversation of these messages that is open with this professional."""
        wanted = _conversations(bal, rows)
        if not wanted:
            return NO_NOTICES
        citizens = await self._store.read(lambda tx: _told(tx, bal, wanted))
        return {key: await self.notice_to(citizen, now) for key, citizen in citizens.items()}

    async def notice_to(self, citizen: Bal, now: datetime) -> SealedNotice:
        """The notice for one citizen."""
        notice = conversation_closed()
        return await seal_notice(self._vault, citizen.id, citizen.address, notice, self._hostname, now)


def close_by_messages(
    tx: Transaction, bal: Bal, rows: Sequence[MessageRow], by: ClosedBy, now: datetime, notices: Notices
) -> list[Pair]:
    """Close this professional's pair in the conversations these messages belong to; which were open.

    A citizen closes nothing.
    """
    found = (tx.conversations.pair(conversation, bal.address) for conversation in _conversations(bal, rows))
    closed = close_pairs(tx, [pair for pair in found if pair is not None], by, f"bal:{bal.id}", now)
    for pair in closed:
        if (notice := notices.get(pair.conversation)) is not None:
            notice.file(tx, pair.citizen, now, pair.conversation)
    return closed


def _conversations(bal: Bal, rows: Iterable[MessageRow]) -> list[ConversationId]:
    if bal.kind is BalKind.CITIZEN:
        return []
    return list(dict.fromkeys(row.conversation for row in rows if row.conversation is not None))


def _told(tx: Transaction, bal: Bal, conversations: Iterable[ConversationId]) -> dict[ConversationId, Bal]:
    citizens = {}
    for conversation in conversations:
        pair = tx.conversations.pair(conversation, bal.address)
        citizen = tx.bals.by_id(pair.citizen) if pair is not None and pair.closed_at is None else None
        if citizen is not None:
            citizens[conversation] = citizen
    return citizens
