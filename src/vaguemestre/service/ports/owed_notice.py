"""Who has still to be told that a conversation was closed, as the services need it. domain.md §2.

A debt is made in the unit of work that closes and struck in the one that files the notice: none is lost, and
nobody is told twice, whatever closed and in however many ways.
"""

from datetime import datetime
from typing import NamedTuple, Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.conversation import ClosedBy, ConversationId
from vaguemestre.mail.mailbox import BodyId


class OwedNotice(NamedTuple):
    """Somebody to be told of one conversation; ``by`` and ``since`` are of the first closing not yet told."""

    bal: BalId
    conversation: ConversationId
    by: ClosedBy
    since: datetime


class OwedNotices(Protocol):
    """The debts, one a bal and conversation at most."""

    def owe(self, bal: BalId, conversation: ConversationId, by: ClosedBy, now: datetime) -> None:
        """The holder is to be told, unless he is already."""
        ...

    def due(self, limit: int) -> list[OwedNotice]:
        """Some of them, by bal."""
        ...

    def strike(self, owed: OwedNotice) -> bool:
        """It is told; False when somebody else told it."""
        ...

    def latest_messages(self, bal: BalId, conversation: ConversationId, most: int) -> list[BodyId]:
        """The messages of the conversation that a bal received last, the last one first."""
        ...
