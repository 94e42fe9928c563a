"""A grant: somebody may read a bal that is not his, or write in its name. domain.md §2, *Minors and carers*.

One value for three kinds: who represents a child, who cares for a person, who works for a professional or a
service. The bal and its reader are two accounts, and the reader always signs in as himself.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from vaguemestre.mail.bal import BalId

GrantId = NewType("GrantId", int)


class GrantKind(StrEnum):
    """On what ground."""

    REPRESENTATIVE = "representative"  # of a minor, until the eighteenth birthday
    CARER = "carer"  # of a citizen, by his own will
    DELEGATE = "delegate"  # of a professional or a service: a secretary, a colleague, a program


class Right(StrEnum):
    """What a reader may do, each on its own."""

    READ = "read"  # look at everything, and mark it
    SEND = "send"  # write in the bal's name, under his own
    CLOSE = "close"  # close conversations by hand
    ARRANGE = "arrange"  # file, move and delete messages, make and remove mailboxes


class Deed(StrEnum):
    """What a reader did, as the journal has it."""

    SIGN_IN = "signed_in_for"
    LOOK = "mailbox_opened"  # lists, subjects, searches
    OPEN = "content_opened"
    MARK = "flags_changed"
    FILE = "messages_filed"
    DELETE = "messages_deleted"
    SHAPE = "mailboxes_changed"
    CLOSE = "conversations_closed"
    SEND = "sent_for"


class Place(StrEnum):
    """Where in the bal, as far as rights differ."""

    SENT = "sent"
    DRAFTS = "drafts"
    CLOSED = "closed"  # «Conversations closes»: what comes there closes
    BLOCKED = "blocked"  # «Bloqués»: what comes there blocks, what leaves it unblocks: the holder's alone
    HISTORY = "history"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Visit:
    """What a reader did in a bal from a moment to another, and how often."""

    bal: BalId
    reader: BalId
    began_at: datetime
    last_at: datetime
    deeds: tuple[tuple[Deed, int], ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What is granted, and from when until when; ``end`` itself is outside, None is without end."""

    kind: GrantKind
    rights: frozenset[Right]
    start: datetime
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Grant:
    """``reader`` may do what ``terms`` say in ``bal``; times aware, UTC. ``reason`` is told to the holder."""

    id: GrantId
    bal: BalId
    reader: BalId
    terms: Terms
    granted_by: str
    granted_at: datetime
    reason: str = ""
    revoked_at: datetime | None = None
