"""How much a professional lets citizens write before he answers: what BUD-1 is told. domain.md §2 (ours).

A *budget* is a number of messages. It is counted in each conversation from the professional's last message,
so that whoever is answered may go on; without one nobody is counted out.
"""

from dataclasses import dataclass
from typing import Final

from vaguemestre.mail.conversation import ConversationId

LARGEST_BUDGET: Final = 1_000  # more is as good as none, and a slip of the finger
NO_BUDGET: Final = 0  # of one conversation: no limit there, whatever the professional's own


@dataclass(frozen=True, slots=True)
class Side:
    """One open conversation of the two: the citizen's messages since its professional wrote, and the most."""

    conversation: ConversationId
    written: int
    budget: int | None

    @property
    def is_spent(self) -> bool:
        """Whether one message more would be too many."""
        return self.budget is not None and self.written >= self.budget


@dataclass(frozen=True, slots=True)
class Solicitation:
    """Where the two stand. ``budget`` is the professional's own; ``sides`` are what is open between them."""

    budget: int | None
    sides: tuple[Side, ...]

    @property
    def written(self) -> int:
        """In all that is open: what a message that answers nothing is judged by."""
        return sum(side.written for side in self.sides)

    @property
    def is_spent_anew(self) -> bool:
        """Whether a message that begins another conversation would be too many."""
        return self.budget is not None and self.written >= self.budget

    def of(self, conversation: ConversationId) -> Side | None:
        """How one of them stands."""
        return next((side for side in self.sides if side.conversation == conversation), None)
