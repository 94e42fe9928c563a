"""Closing by hand, from any mail client: ``$Clos`` and the mailbox «Conversations closes». domain.md §2."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import ClosedBy, ConversationId, Pair
from vaguemestre.mail.mailbox import MessageRow
from vaguemestre.service.conversations.life import close_pairs
from vaguemestre.service.ports.store import Transaction


def close_by_messages(
    tx: Transaction, bal: Bal, rows: Sequence[MessageRow], by: ClosedBy, now: datetime, actor: str
) -> list[Pair]:
    """Close this professional's pair in the conversations these messages belong to; which were open.

    ``actor`` is who did it, he or another for him. A citizen closes nothing.
    """
    found = (tx.conversations.pair(conversation, bal.address) for conversation in _conversations(bal, rows))
    return close_pairs(tx, [pair for pair in found if pair is not None], by, actor, now)


def _conversations(bal: Bal, rows: Iterable[MessageRow]) -> list[ConversationId]:
    if bal.kind is BalKind.CITIZEN:
        return []
    return list(dict.fromkeys(row.conversation for row in rows if row.conversation is not None))
