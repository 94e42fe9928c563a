"""Doing what a holder asks by the Subject of a message, in the unit of work that files it.

The message is filed like any other: what was accepted is never lost. What was done, or why it was not, is
owed to him as an automatic answer (``service.conversations.mail_answers``). Who may send in his name may
ask in his name.
"""

from collections.abc import Collection

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.policy.mail_commands import (
    Asked,
    Command,
    WishError,
    asked_by,
    read_answer,
    read_budget,
    read_hours_or_none,
    read_override,
    read_yes_or_no,
)
from vaguemestre.policy.solicitation import NO_BUDGET
from vaguemestre.service.conversations.continuing import MessageWithCopies
from vaguemestre.service.conversations.soliciting_acts import set_answer, set_budget, set_hours, set_override
from vaguemestre.service.ports.answer import NewAnswer, Said
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.telling.contact_acts import switch


def obey(
    tx: Transaction,
    message: MessageWithCopies,
    holders: Collection[Bal],
    thread: ConversationId | None,
    *,
    only_here: bool = True,
) -> None:
    """Do what its subject asks of the service, if it asks anything and its sender may.

    ``only_here``: nobody at another operator receives it.
    """
    asked, sender = asked_by(message.facts.subject), message.sender
    if asked is None or message.facts.is_automatic or not isinstance(sender, Bal):
        return
    found: tuple[Said, str] | None = None
    if only_here and {bal.id for bal in holders} == {sender.id}:
        found = _for_all(tx, message, asked)
    elif thread is not None and asked.command is Command.BUDGET and not sender.is_citizen:
        found = _for_one(tx, message, asked, thread)
    if found is None:
        return  # a letter to colleagues, or one that speaks of hours
    copy = next((message.copy_of(bal) for bal in holders), None)
    tx.owed_answers.owe(NewAnswer(sender.id, *found, copy, message.now))


def _for_all(tx: Transaction, message: MessageWithCopies, asked: Asked) -> tuple[Said, str] | None:
    if message.account.is_citizen and asked.command is not Command.NOTIFICATIONS:
        return None
    match asked.command:
        case Command.NOTIFICATIONS:
            return _notifications(tx, message, asked.words)
        case Command.BUDGET:
            return _budget(tx, message, asked.words)
        case Command.HOURS:
            return _hours(tx, message, asked.words)
        case Command.ANSWER:
            return _answer(tx, message, asked.words)


def _budget(tx: Transaction, message: MessageWithCopies, words: str) -> tuple[Said, str]:
    try:
        budget = read_budget(words)
    except WishError:
        return Said.BUDGET_WRONG, ""
    set_budget(tx, message.account, budget, message.actor, message.now)
    return (Said.BUDGET_OFF, "") if budget is None else (Said.BUDGET_SET, str(budget))


def _notifications(tx: Transaction, message: MessageWithCopies, words: str) -> tuple[Said, str]:
    try:
        on = read_yes_or_no(words)
    except WishError:
        return Said.NOTIFICATIONS_WRONG, ""
    if not switch(tx, message.account.id, message.actor, message.now, on=on):
        return Said.NOTIFICATIONS_NOWHERE, ""
    return (Said.NOTIFICATIONS_ON if on else Said.NOTIFICATIONS_OFF), ""


def _hours(tx: Transaction, message: MessageWithCopies, words: str) -> tuple[Said, str]:
    try:
        hours = read_hours_or_none(words)
    except WishError:
        return Said.HOURS_WRONG, ""
    set_hours(tx, message.account, hours, message.actor, message.now)
    return (Said.HOURS_OFF, "") if hours is None else (Said.HOURS_SET, str(hours))


def _answer(tx: Transaction, message: MessageWithCopies, words: str) -> tuple[Said, str]:
    try:
        answer = read_answer(words)
    except WishError:
        return Said.ANSWER_WRONG, ""
    set_answer(tx, message.account, answer, message.actor, message.now)
    if answer is None:
        return Said.ANSWER_OFF, ""
    reads = tx.solicitations.wish(message.account.id).hours
    return (Said.ANSWER_SET_WITHOUT_HOURS if reads is None else Said.ANSWER_SET), ""


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
