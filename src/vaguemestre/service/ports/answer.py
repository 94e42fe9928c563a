"""Automatic answers that somebody is owed, as the services need them. RFC 3834; domain.md §2.

A debt is made in the unit of work that files what is answered, and struck in the one that files the answer
(docs/decisions/0015-notices-of-closing-are-owed.md): none is lost, none is told twice.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.mailbox import BodyId


class Said(StrEnum):
    """What is answered: never what was written."""

    BUDGET_SET = "budget-set"
    BUDGET_OFF = "budget-off"
    BUDGET_WRONG = "budget-wrong"
    BUDGET_SET_HERE = "budget-set-here"
    BUDGET_OFF_HERE = "budget-off-here"
    BUDGET_USUAL_HERE = "budget-usual-here"
    BUDGET_WRONG_HERE = "budget-wrong-here"
    HOURS_SET = "hours-set"
    HOURS_OFF = "hours-off"
    HOURS_WRONG = "hours-wrong"
    ANSWER_SET = "answer-set"
    ANSWER_SET_WITHOUT_HOURS = "answer-set-without-hours"
    ANSWER_OFF = "answer-off"
    ANSWER_WRONG = "answer-wrong"
    NOTIFICATIONS_ON = "notifications-on"
    NOTIFICATIONS_OFF = "notifications-off"
    NOTIFICATIONS_NOWHERE = "notifications-nowhere"
    NOTIFICATIONS_WRONG = "notifications-wrong"
    QUIET = "quiet"  # to a citizen: ``value`` is the professional whom he wrote to


class NewAnswer(NamedTuple):
    """One owed to a bal. ``about`` is a sealed copy of what it answers; ``value`` belongs to ``said``."""

    bal: BalId
    said: Said
    value: str
    about: BodyId | None
    since: datetime
    conversation: ConversationId | None = None


class OwedAnswer(NamedTuple):
    """One debt, by its number."""

    number: int
    answer: NewAnswer


class OwedAnswers(Protocol):
    """The debts."""

    def owe(self, answer: NewAnswer) -> None: ...  # noqa: D102

    def due(self, limit: int) -> list[OwedAnswer]:
        """Some of them, the oldest first."""
        ...

    def strike(self, number: int) -> bool:
        """It is told; False when somebody else told it."""
        ...
