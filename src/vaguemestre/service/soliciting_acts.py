"""Setting what a professional lets citizens write, each act with its line in his journal. domain.md §2."""

from datetime import datetime

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.policy.solicitation import NO_BUDGET
from vaguemestre.service.store_port import JournalEntry, Transaction


def set_budget(tx: Transaction, professional: Bal, budget: int | None, actor: str, now: datetime) -> None:
    """For all his conversations; None: no more."""
    tx.solicitations.set_budget(professional.id, budget)
    detail = {"budget": "none" if budget is None else str(budget)}
    tx.journal.record(JournalEntry(now, actor, "reply_budget_set", professional.id, detail))


def set_override(
    tx: Transaction,
    professional: Bal,
    conversation: ConversationId,
    budget: int | None,
    actor: str,
    now: datetime,
) -> None:
    """For one conversation; NO_BUDGET: none there; None: the usual one."""
    tx.solicitations.set_override(conversation, professional.address, budget)
    said = "usual" if budget is None else "none" if budget == NO_BUDGET else str(budget)
    detail = {"conversation": str(conversation), "budget": said}
    tx.journal.record(JournalEntry(now, actor, "reply_budget_set", professional.id, detail))
