"""Budgets and what is counted against them, in the database: ``service.ports.solicitation``. domain.md §2."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.policy.open_hours import read_hours
from vaguemestre.service.ports.solicitation import NO_WISH, Counted, Wish
from vaguemestre.store.dialects.connection import Connection, Parameters
from vaguemestre.store.times import to_micros
from vaguemestre.store.unit import UnitState

_WISH: Final = "SELECT budget, hours, answer FROM solicitation_wish WHERE bal = :bal"
_SET_WISH: Final = """
INSERT INTO solicitation_wish (bal, budget, hours, answer) VALUES (:bal, :budget, :hours, :answer)
ON CONFLICT (bal) DO UPDATE SET budget = excluded.budget, hours = excluded.hours, answer = excluded.answer
"""
_COUNTED: Final = """
SELECT conversation, written, budget FROM solicitation
WHERE professional_key = :key AND conversation ANY_OF(:ids) ORDER BY conversation
"""
_COUNT: Final = """
INSERT INTO solicitation (conversation, professional_key, written) VALUES (:conversation, :key, 1)
ON CONFLICT (conversation, professional_key) DO UPDATE SET written = solicitation.written + 1
"""
_ANSWERED: Final = """
UPDATE solicitation SET written = 0
WHERE conversation = :conversation AND professional_key = :key AND written > 0
"""
_TELL: Final = """
UPDATE solicitation SET told_since = :since WHERE conversation = :conversation AND professional_key = :key
    AND (told_since IS NULL OR told_since < :since) RETURNING conversation
"""
_OVERRIDE: Final = """
INSERT INTO solicitation (conversation, professional_key, written, budget)
VALUES (:conversation, :key, 0, :budget)
ON CONFLICT (conversation, professional_key) DO UPDATE SET budget = excluded.budget
"""
_OVERRIDES: Final = """
SELECT conversation, written, budget FROM solicitation
WHERE professional_key = :key AND budget IS NOT NULL ORDER BY conversation
"""


class SolicitationTable:
    """What a decision stands on is read under the citizen's lock (docs/decisions/0005)."""

    def __init__(self, connection: Connection, state: UnitState):
        self._connection = connection
        self._state = state

    def wish(self, professional: BalId) -> Wish:
        """By the primary key. Hours are kept as he reads them."""
        row = self._connection.one(_WISH, {"bal": professional})
        if row is None:
            return NO_WISH
        budget, hours, answer = row
        return Wish(budget, None if hours is None else read_hours(hours), answer)

    def set_wish(self, professional: BalId, wish: Wish) -> None:
        """The row stays."""
        hours = None if wish.hours is None else str(wish.hours)
        named: Parameters = {
            "bal": professional,
            "budget": wish.budget,
            "hours": hours,
            "answer": wish.answer,
        }
        self._connection.run(_SET_WISH, named)

    def counted(self, professional: Address, conversations: Sequence[ConversationId]) -> list[Counted]:
        """By the primary key. Their citizen is locked by whoever read the pairs."""
        asked: Parameters = {"key": professional.key, "ids": list(conversations)}
        return [Counted(*row) for row in self._connection.all(_COUNTED, asked)]

    def count(self, conversation: ConversationId, professional: Address) -> None:
        """The row is made by the first message."""
        self._state.lock_citizen_of(conversation)
        self._connection.run(_COUNT, {"conversation": conversation, "key": professional.key})

    def answered(self, conversation: ConversationId, professional: Address) -> None:
        """The row stays: a conversation that goes on is counted again."""
        self._state.lock_citizen_of(conversation)
        self._connection.run(_ANSWERED, {"conversation": conversation, "key": professional.key})

    def tell(self, conversation: ConversationId, professional: Address, since: datetime) -> bool:
        """Of two who ask at once, one is told True."""
        self._state.lock_citizen_of(conversation)
        asked: Parameters = {
            "conversation": conversation,
            "key": professional.key,
            "since": to_micros(since),
        }
        return self._connection.one(_TELL, asked) is not None

    def set_override(self, conversation: ConversationId, professional: Address, budget: int | None) -> None:
        """Whether or not something was counted."""
        self._state.lock_citizen_of(conversation)
        named: Parameters = {"conversation": conversation, "key": professional.key, "budget": budget}
        self._connection.run(_OVERRIDE, named)

    def overrides(self, professional: Address) -> list[Counted]:
        """By an index that holds these alone."""
        return [Counted(*row) for row in self._connection.all(_OVERRIDES, {"key": professional.key})]
