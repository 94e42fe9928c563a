"""What professionals let citizens write, and how much these wrote, as the services need it. domain.md §2.

A message is counted in the unit of work that files it. The professional is an address, as in a pair.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple, Protocol

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.policy.open_hours import OpenHours


class Counted(NamedTuple):
    """One side of a conversation: what the citizen wrote since its professional did.

    ``budget`` is set for this conversation alone; NO_BUDGET when nothing is counted out there; None when the
    professional's own holds.
    """

    conversation: ConversationId
    written: int
    budget: int | None


class Wish(NamedTuple):
    """What a professional set for all his conversations; None of each that he did not.

    ``hours`` at which he reads, and what he adds to the ``answer`` that citizens have at others.
    """

    budget: int | None = None
    hours: OpenHours | None = None
    answer: str | None = None


NO_WISH: Final = Wish()


class Solicitations(Protocol):
    """Wishes by professional, counts by conversation and professional."""

    def wish(self, professional: BalId) -> Wish:
        """NO_WISH when he set nothing."""
        ...

    def set_wish(self, professional: BalId, wish: Wish) -> None: ...  # noqa: D102

    def counted(self, professional: Address, conversations: Sequence[ConversationId]) -> list[Counted]:
        """Of those conversations, the ones of which something is known."""
        ...

    def count(self, conversation: ConversationId, professional: Address) -> None:
        """The citizen wrote to him once more."""
        ...

    def answered(self, conversation: ConversationId, professional: Address) -> None:
        """He wrote: what the citizen wrote before is counted no more."""
        ...

    def tell(self, conversation: ConversationId, professional: Address, since: datetime) -> bool:
        """Whether the citizen has still to be answered in the quiet time that began then: once, he has not.

        Something was counted there before.
        """
        ...

    def set_override(self, conversation: ConversationId, professional: Address, budget: int | None) -> None:
        """In this conversation alone."""
        ...

    def overrides(self, professional: Address) -> list[Counted]:
        """The conversations in which his budget is another than usual, by number."""
        ...
