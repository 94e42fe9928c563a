"""What professionals let citizens write, and how much these wrote, as the services need it. domain.md §2.

A message is counted in the unit of work that files it. The professional is an address, as in a pair.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.conversation import ConversationId


class Counted(NamedTuple):
    """One side of a conversation: what the citizen wrote since its professional did.

    ``budget`` is set for this conversation alone; NO_BUDGET when nothing is counted out there; None when the
    professional's own holds.
    """

    conversation: ConversationId
    written: int
    budget: int | None


class Solicitations(Protocol):
    """Wishes by professional, counts by conversation and professional."""

    def budget(self, professional: BalId) -> int | None:
        """What he set for all his conversations; None without one."""
        ...

    def set_budget(self, professional: BalId, budget: int | None) -> None: ...  # noqa: D102

    def counted(self, professional: Address, conversations: Sequence[ConversationId]) -> list[Counted]:
        """Of those conversations, the ones of which something is known."""
        ...

    def count(self, conversation: ConversationId, professional: Address) -> None:
        """The citizen wrote to him once more."""
        ...

    def answered(self, conversation: ConversationId, professional: Address) -> None:
        """He wrote: what the citizen wrote before is counted no more."""
        ...

    def set_override(self, conversation: ConversationId, professional: Address, budget: int | None) -> None:
        """In this conversation alone."""
        ...

    def overrides(self, professional: Address) -> list[Counted]:
        """The conversations in which his budget is another than usual, by number."""
        ...
