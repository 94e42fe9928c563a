"""What IMAP selects: mailboxes, and the numbers and flags of the messages in them. RFC 9051 §2.3.

Each number is its own type, so that a sequence number is never taken for a UID.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple, NewType

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.conversation import ConversationId

MailboxId = NewType("MailboxId", int)
Uid = NewType("Uid", int)  # RFC 9051 §2.3.1.1: 1 … 2^32 - 1, strictly ascending
UidValidity = NewType("UidValidity", int)
ModSeq = NewType("ModSeq", int)  # RFC 7162 §3.1: 63 bits, one order for the whole mailbox
SeqNum = NewType("SeqNum", int)  # RFC 9051 §2.3.1.2: 1 … number of messages, as this client knows them
BodyId = NewType("BodyId", bytes)  # 16 random octets: the identity bound into the sealed octets
FlagSet = NewType("FlagSet", int)  # one bit a flag: system flags first, then the keywords of the bal
Drawer = NewType("Drawer", str)  # a mailbox that may have a delay of its own, with all those below it

INBOX: Final = "INBOX"
NO_DRAWER: Final = Drawer("")  # of most mailboxes: the kind of the bal alone says how long they keep
BLOCKED: Final = "Bloqués"  # of citizens: who sent what is moved here is blocked (domain.md §2)
CLOSED_CONVERSATIONS: Final = "Conversations closes"  # domain.md §2: moving a message here closes
ACCESS_HISTORY: Final = "Historique d'accès"  # domain.md §2: what others did in the bal; nobody writes in it
SCHEDULED: Final = "Envois différés"  # messages wait here for their hour (RFC 4865): removing one cancels it

SYSTEM_FLAGS: Final = ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")
"""In the order of their bits; RFC 9051 §2.3.2."""

SEEN: Final = FlagSet(1)
ANSWERED: Final = FlagSet(2)
FLAGGED: Final = FlagSet(4)
DELETED: Final = FlagSet(8)
DRAFT: Final = FlagSet(16)

FIRST_KEYWORD_BIT: Final = 5
MAX_KEYWORDS: Final = 57  # bits 5 … 61: a FlagSet stays a signed 64-bit integer in both databases
CONVERSATION_OPEN: Final = "$ConvOpen"
CONVERSATION_CLOSED: Final = "$Clos"  # domain.md §2: setting it closes the conversation
MARKED_BLOCKED: Final = "$Bloque"  # a citizen who sets it blocks who sent the message
STATE_KEYWORDS: Final = (CONVERSATION_OPEN, CONVERSATION_CLOSED)
"""What a message shows of its conversation; only the server puts and takes them."""


EXPIRES_SOON: Final = "$ExpireBientot"  # domain.md §3: the message is about to go; the server alone says so


def is_state(keyword: str) -> bool:
    """Whether it is one of STATE_KEYWORDS or EXPIRES_SOON, in any case."""
    return keyword.lower() in _STATE_KEYS


_STATE_KEYS: Final = frozenset(keyword.lower() for keyword in (*STATE_KEYWORDS, EXPIRES_SOON))


def keyword_room(known: Iterable[str]) -> int:
    """How many more keywords a bal that knows these can learn: the server's always find their place."""
    return MAX_KEYWORDS - len({keyword.lower() for keyword in known} | _STATE_KEYS)


class SpecialUse(StrEnum):
    """RFC 6154 §2, the attributes that mail clients look for; the last is of RFC 9979, and ours to give."""

    SENT = "\\Sent"
    DRAFTS = "\\Drafts"
    TRASH = "\\Trash"
    JUNK = "\\Junk"
    SCHEDULED = "\\Scheduled"


DELIMITER: Final = "/"
STANDARD_MAILBOXES: Final[tuple[tuple[str, SpecialUse | None], ...]] = (
    (INBOX, None),
    ("Sent", SpecialUse.SENT),
    ("Drafts", SpecialUse.DRAFTS),
    ("Trash", SpecialUse.TRASH),
    ("Junk", SpecialUse.JUNK),
    (CLOSED_CONVERSATIONS, None),
)
"""What a new bal holds: name and special use."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox of a bal. ``name`` is UTF-8 with ``/`` between levels; INBOX is in capitals.

    ``uid_next`` and ``highest_modseq`` are those of the moment it was read. ``drawer`` is its special use, or
    its name when the settings name it, or that of the mailbox above it.
    """

    id: MailboxId
    bal: BalId
    name: str
    special_use: SpecialUse | None
    subscribed: bool
    uid_validity: UidValidity
    uid_next: Uid
    highest_modseq: ModSeq
    drawer: Drawer = NO_DRAWER

    @property
    def is_history(self) -> bool:
        """Whether it is the one that only the server writes in."""
        return self.name == ACCESS_HISTORY


class MessageRow(NamedTuple):
    """The narrow columns of one message in one mailbox: all that FETCH FLAGS and STATUS need.

    A tuple and not a dataclass: a mailbox of 10,000 is read in one go, and rows of the database become
    these without a constructor in Python. ``size`` is RFC822.SIZE in octets; ``internal_date`` seconds
    since 1970 UTC; ``body`` names the sealed octets and card, which copies inside one bal share.
    """

    uid: Uid
    flags: FlagSet
    modseq: ModSeq
    size: int
    internal_date: int
    conversation: ConversationId | None
    body: BodyId


@dataclass(frozen=True, slots=True)
class MailboxCounts:
    """What STATUS tells (RFC 9051 §6.3.11). ``size`` in octets."""

    messages: int
    unseen: int
    deleted: int
    size: int
