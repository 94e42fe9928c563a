"""Who elsewhere has still to be told that a conversation was closed or opened here. domain.md §2, §6.

As ``service.ports.owed_notice`` for people here: made in the unit of work that closes, struck in the one that
queues what tells it. A debt is of one pair, for somebody elsewhere is told in the name of one professional,
and says how the pair has changed since he was told last: what changes back meanwhile is not told.
"""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from vaguemestre.mail.address import Address
from vaguemestre.mail.conversation import ClosedBy, ConversationId


class Whom(StrEnum):
    """Which of the two is elsewhere."""

    CITIZEN = "citizen"
    PROFESSIONAL = "professional"


class OwedElsewhere(NamedTuple):
    """One debt; ``by`` and ``since`` are of the first change not yet told. None: it was opened again."""

    whom: Whom
    professional: Address
    conversation: ConversationId
    by: ClosedBy | None
    since: datetime


class OwedElsewheres(Protocol):
    """The debts, one a pair and side at most."""

    def owe(self, owed: OwedElsewhere) -> None:
        """He is to be told, unless he is already."""
        ...

    def due(self, limit: int) -> list[OwedElsewhere]:
        """Some of them, by professional."""
        ...

    def strike(self, owed: OwedElsewhere) -> bool:
        """It is told; False when somebody else told it."""
        ...
