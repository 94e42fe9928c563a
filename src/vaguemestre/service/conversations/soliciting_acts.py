"""Setting what a professional lets citizens write, each act with its line in his journal. domain.md §2."""

from datetime import datetime

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.policy.open_hours import OpenHours
from vaguemestre.policy.solicitation import NO_BUDGET
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Transaction


def set_budget(tx: Transaction, professional: Bal, budget: int | None, actor: str, now: datetime) -> None:
    """For all his conversations; None: no more."""
    wish = tx.solicitations.wish(professional.id)
    tx.solicitations.set_wish(professional.id, wish._replace(budget=budget))
    detail = {"budget": "none" if budget is None else str(budget)}
    tx.journal.record(JournalEntry(now, actor, "reply_budget_set", professional.id, detail))


def set_hours(tx: Transaction, professional: Bal, hours: OpenHours | None, actor: str, now: datetime) -> None:
    """When he reads; None: no automatic answer any more."""
    wish = tx.solicitations.wish(professional.id)
    tx.solicitations.set_wish(professional.id, wish._replace(hours=hours))
    detail = {"hours": "none" if hours is None else str(hours)}
    tx.journal.record(JournalEntry(now, actor, "reading_hours_set", professional.id, detail))


def set_answer(tx: Transaction, professional: Bal, answer: str | None, actor: str, now: datetime) -> None:
    """What he adds to the automatic answer."""
    wish = tx.solicitations.wish(professional.id)
    tx.solicitations.set_wish(professional.id, wish._replace(answer=answer))
    detail = {"answer": "none" if answer is None else "given"}
    tx.journal.record(JournalEntry(now, actor, "automatic_answer_set", professional.id, detail))


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
