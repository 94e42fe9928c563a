"""Doing what a professional asks by the Subject of a message, in the unit of work that files it.

The message is filed like any other: what was accepted is never lost. What was done, or why it was not, is
owed to him as an automatic answer (``service.mail_answers``). Who may send in his name may ask in his name.
"""

from collections.abc import Collection
from typing import Protocol

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.policy.mail_commands import Asked, WishError, asked_by, read_budget, read_override
from vaguemestre.policy.solicitation import NO_BUDGET
from vaguemestre.service.answer_port import NewAnswer, Said
from vaguemestre.service.continuing import Letter
from vaguemestre.service.soliciting_acts import set_budget, set_override
from vaguemestre.service.store_port import Transaction


class Filed(Letter, Protocol):
    """A message that is being filed, with the copies of it."""

    def copy_of(self, bal: Bal) -> BodyId:
        """The sealed copy that this holder receives."""
        ...


def obey(tx: Transaction, message: Filed, holders: Collection[Bal], thread: ConversationId | None) -> None:
    """Do what its subject asks of the service, if it asks anything and its sender may."""
    asked = asked_by(message.facts.subject)
    if asked is None or message.facts.is_automatic or not message.sender.kind.is_professional:
        return
    copy = message.copy_of(next(iter(holders)))
    if {bal.id for bal in holders} == {message.sender.id}:
        said, value = _for_all(tx, message, asked)
    elif thread is not None:
        said, value = _for_one(tx, message, asked, thread)
    else:
        return  # a letter to colleagues
    tx.owed_answers.owe(NewAnswer(message.sender.id, said, value, copy, message.now))


def _for_all(tx: Transaction, message: Filed, asked: Asked) -> tuple[Said, str]:
    try:
        budget = read_budget(asked.words)
    except WishError:
        return Said.BUDGET_WRONG, ""
    set_budget(tx, message.sender, budget, message.actor, message.now)
    return (Said.BUDGET_OFF, "") if budget is None else (Said.BUDGET_SET, str(budget))


def _for_one(tx: Transaction, message: Filed, asked: Asked, conversation: ConversationId) -> tuple[Said, str]:
    try:
        budget = read_override(asked.first)
    except WishError:
        return Said.BUDGET_WRONG_HERE, ""
    set_override(tx, message.sender, conversation, budget, message.actor, message.now)
    if budget is None:
        return Said.BUDGET_USUAL_HERE, ""
    return (Said.BUDGET_OFF_HERE, "") if budget == NO_BUDGET else (Said.BUDGET_SET_HERE, str(budget))
