"""Budgets and what is counted against them, in the database: ``service.solicitation_port``. domain.md §2."""

from collections.abc import Sequence
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.service.solicitation_port import Counted
from vaguemestre.store.dialects.connection import Connection, Parameters
from vaguemestre.store.unit import UnitState

_BUDGET: Final = "SELECT budget FROM solicitation_wish WHERE bal = :bal"
_SET_BUDGET: Final = """
INSERT INTO solicitation_wish (bal, budget) VALUES (:bal, :budget)
ON CONFLICT (bal) DO UPDATE SET budget = excluded.budget
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

    def budget(self, professional: BalId) -> int | None:
        """By the primary key."""
        row = self._connection.one(_BUDGET, {"bal": professional})
        return None if row is None else row[0]

    def set_budget(self, professional: BalId, budget: int | None) -> None:
        """The row stays."""
        self._connection.run(_SET_BUDGET, {"bal": professional, "budget": budget})

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

    def set_override(self, conversation: ConversationId, professional: Address, budget: int | None) -> None:
        """Whether or not something was counted."""
        self._state.lock_citizen_of(conversation)
        named: Parameters = {"conversation": conversation, "key": professional.key, "budget": budget}
        self._connection.run(_OVERRIDE, named)

    def overrides(self, professional: Address) -> list[Counted]:
        """By an index that holds these alone."""
        return [Counted(*row) for row in self._connection.all(_OVERRIDES, {"key": professional.key})]
