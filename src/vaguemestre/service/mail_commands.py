"""Doing what a professional asks by the Subject of a message, in the unit of work that files it.

The message is filed like any other: what was accepted is never lost. What was done, or why it was not, is
owed to him as an automatic answer (``service.mail_answers``). Who may send in his name may ask in his name.
"""

from collections.abc import Collection

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.policy.mail_commands import (
    Asked,
    Command,
    WishError,
    asked_by,
    read_budget,
    read_hours_or_none,
    read_override,
)
from vaguemestre.policy.solicitation import NO_BUDGET
from vaguemestre.service.answer_port import NewAnswer, Said
from vaguemestre.service.continuing import MessageWithCopies
from vaguemestre.service.soliciting_acts import set_budget, set_hours, set_override
from vaguemestre.service.store_port import Transaction


def obey(
    tx: Transaction, message: MessageWithCopies, holders: Collection[Bal], thread: ConversationId | None
) -> None:
    """Do what its subject asks of the service, if it asks anything and its sender may."""
    asked = asked_by(message.facts.subject)
    sender = message.sender
    if asked is None or message.facts.is_automatic or not isinstance(sender, Bal) or sender.is_citizen:
        return
    copy = message.copy_of(next(iter(holders)))
    if {bal.id for bal in holders} == {sender.id}:
        said, value = _for_all(tx, message, asked)
    elif thread is not None and asked.command is Command.BUDGET:
        said, value = _for_one(tx, message, asked, thread)
    else:
        return  # a letter to colleagues, or one that speaks of hours
    tx.owed_answers.owe(NewAnswer(sender.id, said, value, copy, message.now))


def _for_all(tx: Transaction, message: MessageWithCopies, asked: Asked) -> tuple[Said, str]:
    match asked.command:
        case Command.BUDGET:
            return _budget(tx, message, asked.words)
        case Command.HOURS:
            return _hours(tx, message, asked.words)


def _budget(tx: Transaction, message: MessageWithCopies, words: str) -> tuple[Said, str]:
    try:
        budget = read_budget(words)
    except WishError:
        return Said.BUDGET_WRONG, ""
    set_budget(tx, message.account, budget, message.actor, message.now)
    return (Said.BUDGET_OFF, "") if budget is None else (Said.BUDGET_SET, str(budget))


def _hours(tx: Transaction, message: MessageWithCopies, words: str) -> tuple[Said, str]:
    try:
        hours = read_hours_or_none(words)
    except WishError:
        return Said.HOURS_WRONG, ""
    set_hours(tx, message.account, hours, message.actor, message.now)
    return (Said.HOURS_OFF, "") if hours is None else (Said.HOURS_SET, str(hours))


def _for_one(
    tx: Transaction, message: MessageWithCopies, asked: Asked, conversation: ConversationId
) -> tuple[Said, str]:
    try:
        budget = read_override(asked.first)
    except WishError:
        return Said.BUDGET_WRONG_HERE, ""
    set_override(tx, message.account, conversation, budget, message.actor, message.now)
    if budget is None:
        return Said.BUDGET_USUAL_HERE, ""
    return (Said.BUDGET_OFF_HERE, "") if budget == NO_BUDGET else (Said.BUDGET_SET_HERE, str(budget))
