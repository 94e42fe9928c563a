"""How much citizens write: counted, judged, reset, inside a unit of work. domain.md §2 (ours).

Every message counts, with a budget or without: one that is set later is told how things stand.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import ConversationId, Pair
from vaguemestre.policy.limits import Policy
from vaguemestre.policy.solicitation import NO_BUDGET, Side, Solicitation
from vaguemestre.service.continuing import Letter, professionals_of
from vaguemestre.service.conversations import sender_addresses
from vaguemestre.service.store_port import Transaction


def solicitation_of(
    tx: Transaction, professional: Bal, pairs: Sequence[Pair], now: datetime
) -> Solicitation | None:
    """Where he stands with the citizen of these pairs; None when nothing is counted out. Reads only."""
    still_open = [pair.conversation for pair in pairs if pair.is_open_at(now)]
    usual = tx.solicitations.budget(professional.id)
    found = tx.solicitations.counted(professional.address, still_open) if still_open else []
    if usual is None and all(one.budget is None for one in found):
        return None
    known = {one.conversation: one for one in found}
    sides = []
    for conversation in still_open:
        one = known.get(conversation)
        own = None if one is None else one.budget
        budget = usual if own is None else None if own == NO_BUDGET else own
        sides.append(Side(conversation, 0 if one is None else one.written, budget))
    return Solicitation(usual, tuple(sides))


def count_from_citizen(
    tx: Transaction, letter: Letter, thread: ConversationId, holders: Iterable[Bal]
) -> None:
    """He wrote to each of these once more; a read receipt is no message."""
    if letter.facts.notification is None:
        for bal in holders:
            tx.solicitations.count(thread, bal.address)


def answered_by_professional(tx: Transaction, policy: Policy, letter: Letter, thread: ConversationId) -> None:
    """Whoever wrote, and whom he asks to be answered at, are counted anew. A receipt answers nobody."""
    if not letter.references:
        return  # it begins a conversation
    if letter.facts.is_automatic or letter.facts.notification is not None:
        return
    for one in sender_addresses(letter.facts, letter.sender.address, professionals_of(tx, policy)):
        tx.solicitations.answered(thread, one)
