"""Conversations as the services need them from the database. domain.md §2.

Message identifiers lead from an answer to its conversation. They are content: they are kept as keyed digests
alone, made by the caller.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from vaguemestre.mail.address import Address
from vaguemestre.mail.conversation import ClosedBy, Conversation, ConversationId, Pair
from vaguemestre.mail.correspondent import PartyId


class OpenSide(NamedTuple):
    """An open pair, and when the last message of its conversation came."""

    pair: Pair
    last_message_at: datetime

    @property
    def quiet_since(self) -> datetime:
        """Since when nothing happened: opening it again counts, whoever did that."""
        return max(self.pair.opened_at, self.last_message_at)


class Conversations(Protocol):
    """Conversations, their pairs, and the message identifiers that lead to them."""

    def by_id(self, conversation: ConversationId) -> Conversation | None: ...  # noqa: D102

    def start(self, citizen: PartyId, now: datetime) -> Conversation: ...  # noqa: D102

    def found_by(self, citizen: PartyId, digests: Sequence[bytes]) -> ConversationId | None:
        """The conversation of this citizen that the first matching digest leads to."""
        ...

    def remember(self, conversation: ConversationId, digest: bytes, now: datetime) -> None:
        """This message identifier belongs to this conversation; moves its ``last_message_at``."""
        ...

    def pair(self, conversation: ConversationId, professional: Address) -> Pair | None: ...  # noqa: D102

    def pairs(
        self,
        citizen: PartyId | None = None,
        professional: Address | None = None,
        conversation: ConversationId | None = None,
        open_only: bool = False,
    ) -> list[Pair]:
        """Those that match everything given; by conversation, then professional."""
        ...

    def is_open(self, conversation: ConversationId) -> bool:
        """Whether any of its pairs is."""
        ...

    def open_sides(self, after: ConversationId, limit: int) -> list[OpenSide]:
        """Open pairs of conversations of a greater number, ``limit`` of them at most; by conversation."""
        ...

    def open_pair(self, conversation: ConversationId, professional: Address, now: datetime) -> bool:
        """Open, or open again; whether that changed anything."""
        ...

    def close_pair(
        self, conversation: ConversationId, professional: Address, by: ClosedBy, now: datetime
    ) -> bool:
        """Close; whether that changed anything."""
        ...
