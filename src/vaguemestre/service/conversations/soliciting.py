"""How much citizens write: counted, judged, reset, inside a unit of work. domain.md §2 (ours).

Every message counts, with a budget or without: one that is set later is told how things stand.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import ConversationId, Pair
from vaguemestre.policy.limits import Policy
from vaguemestre.policy.solicitation import NO_BUDGET, Side, Solicitation
from vaguemestre.service.conversations.continuing import Letter, MessageWithCopies, professionals_of
from vaguemestre.service.conversations.life import sender_addresses
from vaguemestre.service.ports.answer import NewAnswer, Said
from vaguemestre.service.ports.store import Transaction


def solicitation_of(
    tx: Transaction, professional: Bal, pairs: Sequence[Pair], now: datetime
) -> Solicitation | None:
    """Where he stands with the citizen of these pairs; None when nothing is counted out. Reads only."""
    still_open = [pair.conversation for pair in pairs if pair.is_open_at(now)]
    usual = tx.solicitations.wish(professional.id).budget
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
    tx: Transaction,
    policy: Policy,
    message: MessageWithCopies,
    thread: ConversationId,
    holders: Iterable[Bal],
) -> None:
    """He wrote to each of these once more; who does not read now has him answered. A receipt is none."""
    if message.facts.notification is not None:
        return
    for bal in holders:
        tx.solicitations.count(thread, bal.address)
        # RFC 3834 §2: what came by itself, or through a list, is answered by nobody.
        if not message.facts.is_automatic and not message.facts.is_from_list:
            _answer_if_quiet(tx, policy, message, thread, bal)


def _answer_if_quiet(
    tx: Transaction, policy: Policy, message: MessageWithCopies, thread: ConversationId, professional: Bal
) -> None:
    """Once a conversation and quiet time, wherever the citizen is: what is owed elsewhere is the sender's."""
    hours = tx.solicitations.wish(professional.id).hours
    since = None if hours is None else hours.quiet_since(message.now, policy.zone)
    if since is None or not tx.solicitations.tell(thread, professional.address, since):
        return
    sender = message.sender
    owed_by = sender.id if isinstance(sender, Bal) else professional.id
    copy = message.copy_of(professional)
    answer = NewAnswer(owed_by, Said.QUIET, str(professional.address), copy, message.now, thread)
    tx.owed_answers.owe(answer)


def answered_by_professional(tx: Transaction, policy: Policy, letter: Letter, thread: ConversationId) -> None:
    """Whoever wrote, and whom he asks to be answered at, are counted anew. A receipt answers nobody."""
    if not letter.references:
        return  # it begins a conversation
    if letter.facts.is_automatic or letter.facts.notification is not None:
        return
    for one in sender_addresses(letter.facts, letter.sender.address, professionals_of(tx, policy, letter)):
        tx.solicitations.answered(thread, one)
