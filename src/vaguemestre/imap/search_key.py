"""What SEARCH looks for, as a small tree of frozen values. RFC 9051 §6.4.4, RFC 3501 §6.4.4, RFC 5032 §3.

Words that say the same are one value: UNSEEN is ``Not(HasFlag)``, FROM is ``HeaderHas``. AND and OR hold any
number of keys, so a chain of a thousand ORs is one flat value and not a thousand levels.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

from vaguemestre.imap.sequence import SequenceSet


@dataclass(frozen=True, slots=True)
class All:
    """Every message."""


@dataclass(frozen=True, slots=True)
class And:
    """All of the keys."""

    keys: tuple["SearchKey", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the keys."""

    keys: tuple["SearchKey", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The messages that the key does not match."""

    key: "SearchKey"


@dataclass(frozen=True, slots=True)
class HasFlag:
    """A system flag as ``mail.mailbox.SYSTEM_FLAGS`` spells it, or a keyword as the client did."""

    flag: str


@dataclass(frozen=True, slots=True)
class Recent:
    r"""RFC 3501's \Recent, which RFC 9051 removed: no message has it here."""


class DateField(StrEnum):
    """Which date: the INTERNALDATE, the Date header field, or when the message was saved in this mailbox.

    Time and zone are disregarded. The last is of RFC 8514 §4.3.
    """

    INTERNAL = "internal"
    SENT = "sent"
    SAVED = "saved"


class DateRelation(StrEnum):
    """BEFORE is strictly before the day, SINCE is on it or after."""

    BEFORE = "before"
    ON = "on"
    SINCE = "since"


@dataclass(frozen=True, slots=True)
class Dated:
    """BEFORE, ON, SINCE, and the same with SENT and SAVED before them."""

    field: DateField
    relation: DateRelation
    day: date


@dataclass(frozen=True, slots=True)
class Older:
    """OLDER: the INTERNALDATE is so many seconds in the past, or more. RFC 5032 §3."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Younger:
    """YOUNGER: the INTERNALDATE is so many seconds in the past, or less. RFC 5032 §3."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Larger:
    """RFC822.SIZE strictly above, in octets."""

    octets: int


@dataclass(frozen=True, slots=True)
class Smaller:
    """RFC822.SIZE strictly below, in octets."""

    octets: int


@dataclass(frozen=True, slots=True)
class HeaderHas:
    """A header field (``name`` in lower case) holds the text; an empty text asks that the field be there.

    FROM, TO, CC, BCC and SUBJECT are this, too.
    """

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class BodyHas:
    """The body holds the text."""

    text: str


@dataclass(frozen=True, slots=True)
class TextHas:
    """The header or the body holds the text."""

    text: str


@dataclass(frozen=True, slots=True)
class InSequence:
    """Message sequence numbers."""

    numbers: SequenceSet


@dataclass(frozen=True, slots=True)
class InUids:
    """Unique identifiers."""

    uids: SequenceSet


@dataclass(frozen=True, slots=True)
class ModSeqAtLeast:
    """MODSEQ of RFC 7162 §3.1.5; the entry name, if given, is disregarded as we keep one order for all."""

    modseq: int


@dataclass(frozen=True, slots=True)
class HasEmailId:
    """EMAILID of RFC 8474 §6, as the client wrote it."""

    identifier: bytes


@dataclass(frozen=True, slots=True)
class HasThreadId:
    """THREADID of RFC 8474 §6, as the client wrote it."""

    identifier: bytes


SearchKey: TypeAlias = (
    All
    | And
    | Or
    | Not
    | HasFlag
    | Recent
    | Dated
    | Older
    | Younger
    | Larger
    | Smaller
    | HeaderHas
    | BodyHas
    | TextHas
    | InSequence
    | InUids
    | ModSeqAtLeast
    | HasEmailId
    | HasThreadId
)


def asks_for_modseq(key: SearchKey) -> bool:
    """Whether MODSEQ stands anywhere in it: the answer then tells the highest one found (RFC 7162 §3.1.6)."""
    return _somewhere(key, lambda one: isinstance(one, ModSeqAtLeast))


def asks_for_saved_date(key: SearchKey) -> bool:
    """Whether the store must be asked when messages were saved."""
    return _somewhere(key, lambda one: isinstance(one, Dated) and one.field is DateField.SAVED)


def names_numbers(key: SearchKey) -> bool:
    """Whether message numbers stand anywhere in it: nothing may renumber messages meanwhile."""
    return _somewhere(key, lambda one: isinstance(one, InSequence))


def _somewhere(key: SearchKey, is_it: Callable[[SearchKey], bool]) -> bool:
    match key:
        case And() | Or():
            return any(_somewhere(one, is_it) for one in key.keys)
        case Not():
            return _somewhere(key.key, is_it)
        case _:
            return is_it(key)
