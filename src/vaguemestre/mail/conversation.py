"""Conversations: one citizen, the professionals they were opened with, and what is open between them.

domain.md §2: each (conversation, professional) pair is open or closed on its own. A professional is an
address and a citizen a party, for either may be at another operator.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from vaguemestre.mail.address import Address
from vaguemestre.mail.correspondent import PartyId

ConversationId = NewType("ConversationId", int)


class ClosedBy(StrEnum):
    """What closed a pair: the five ways of domain.md §2, the last of them by what it was."""

    SUBJECT = "subject"  # a message whose subject is exactly [FIN]
    HEADER = "header"  # X-MSS-MES: FIN
    KEYWORD = "keyword"  # $Clos set in IMAP
    FOLDER = "folder"  # a message moved into «Conversations closes»
    OPERATOR = "operator"  # command line or console
    INACTIVITY = "inactivity"  # no message for a set time
    ACCOUNT = "account"  # the citizen's profile was closed, or the professional's account
    BLOCKED = "blocked"  # the citizen blocks the professional


@dataclass(frozen=True, slots=True)
class Conversation:
    """One thread between a citizen and professionals. Times aware, UTC."""

    id: ConversationId
    citizen: PartyId
    opened_at: datetime
    last_message_at: datetime


@dataclass(frozen=True, slots=True)
class Pair:
    """One professional's side of a conversation: open, or closed on its own."""

    conversation: ConversationId
    citizen: PartyId
    professional: Address
    opened_at: datetime
    closed_at: datetime | None
    closed_by: ClosedBy | None

    def is_open_at(self, now: datetime) -> bool:
        """Whether the citizen may answer this professional in this conversation at ``now``."""
        return self.closed_at is None or now < self.closed_at
