"""FETCH and UID FETCH. RFC 9051 §6.4.5, RFC 3501 §6.4.5; CHANGEDSINCE and MODSEQ are of RFC 7162 §3.1.4.

BINARY is of RFC 3516 §4.2, EMAILID and THREADID of RFC 8474 §5.3. PREVIEW is of RFC 8970 §3.1; its modifier
LAZY lets a server say NIL rather than work for it. Here previews are made when messages arrive, so LAZY
changes nothing and is not kept.
VANISHED is of RFC 7162 §3.2.6: for UID FETCH alone, and beside CHANGEDSINCE.
PARTIAL is of RFC 9394 §3.3, which speaks of UID FETCH; FETCH takes it too, as the grammar (RFC 9394 §4) does.
SAVEDATE is of RFC 8514 §4.2.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, TypeAlias

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.partial_range import PartialRange, partial_range
from vaguemestre.imap.scanner import Scanner
from vaguemestre.imap.section import Partial, Section, section_part, section_spec
from vaguemestre.imap.sequence import SequenceSet

MAX_ITEMS: Final = 200
VANISHED: Final = "VANISHED"

_NAME = re.compile(rb"[A-Za-z0-9.]+")
# RFC 9051 §9: partial = "<" number64 "." nz-number64 ">"
_PARTIAL = re.compile(rb"<([0-9]{1,18})\.([1-9][0-9]{0,17})>")
# RFC 8970 §6: "PREVIEW" [SP "(" preview-mod *(SP preview-mod) ")"]; LAZY is the only preview-mod there is.
_PREVIEW_MODIFIERS = re.compile(rb" \(LAZY(?: LAZY)*\)", re.IGNORECASE)


class FetchAttribute(StrEnum):
    """Items that take no argument. RFC822, RFC822.HEADER and RFC822.TEXT are of RFC 3501 alone."""

    UID = "UID"
    FLAGS = "FLAGS"
    INTERNALDATE = "INTERNALDATE"
    RFC822_SIZE = "RFC822.SIZE"
    ENVELOPE = "ENVELOPE"
    BODY = "BODY"
    BODYSTRUCTURE = "BODYSTRUCTURE"
    MODSEQ = "MODSEQ"
    PREVIEW = "PREVIEW"
    SAVEDATE = "SAVEDATE"
    EMAILID = "EMAILID"
    THREADID = "THREADID"
    RFC822 = "RFC822"
    RFC822_HEADER = "RFC822.HEADER"
    RFC822_TEXT = "RFC822.TEXT"


@dataclass(frozen=True, slots=True)
class BodySection:
    r"""``BODY[section]<partial>``; ``peek`` when \Seen is not to be set. The response never says PEEK."""

    section: Section
    partial: Partial | None = None
    peek: bool = False

    def __bytes__(self) -> bytes:
        """The name under which the octets are returned: ``BODY[1.MIME]<0>``."""
        origin = b"" if self.partial is None else b"<%d>" % self.partial.origin
        return b"BODY[%b]%b" % (bytes(self.section), origin)


@dataclass(frozen=True, slots=True)
class BinarySection:
    r"""``BINARY[part]<partial>``: a part decoded; ``peek`` when \Seen is not to be set. RFC 3516 §4.2."""

    section: Section
    partial: Partial | None = None
    peek: bool = False

    def __bytes__(self) -> bytes:
        """The name under which the octets are returned: ``BINARY[1.2]<0>``."""
        origin = b"" if self.partial is None else b"<%d>" % self.partial.origin
        return b"BINARY[%b]%b" % (bytes(self.section), origin)


@dataclass(frozen=True, slots=True)
class BinarySize:
    """``BINARY.SIZE[part]``: how many octets the part has once decoded. RFC 3516 §4.2."""

    section: Section

    def __bytes__(self) -> bytes:
        """The name under which the size is returned."""
        return b"BINARY.SIZE[%b]" % bytes(self.section)


FetchItem: TypeAlias = FetchAttribute | BodySection | BinarySection | BinarySize

_FAST = (FetchAttribute.FLAGS, FetchAttribute.INTERNALDATE, FetchAttribute.RFC822_SIZE)
_MACROS: Final[dict[str, tuple[FetchItem, ...]]] = {
    "FAST": _FAST,
    "ALL": (*_FAST, FetchAttribute.ENVELOPE),
    "FULL": (*_FAST, FetchAttribute.ENVELOPE, FetchAttribute.BODY),
}


@dataclass(frozen=True, slots=True)
class Fetch:
    """Items in the order asked, each once, macros spelled out; UID stands first when ``by_uid``.

    ``partial`` counts among the messages that would be fetched without it.
    """

    messages: SequenceSet
    items: tuple[FetchItem, ...]
    by_uid: bool = False
    changed_since: int | None = None
    vanished: bool = False
    partial: PartialRange | None = None

    @property
    def sets_seen(self) -> bool:
        r"""Whether what is fetched becomes \Seen: any section without PEEK, RFC822 and RFC822.TEXT."""
        return any(
            not item.peek
            if isinstance(item, BodySection | BinarySection)
            else item in {FetchAttribute.RFC822, FetchAttribute.RFC822_TEXT}
            for item in self.items
        )


def parse(scanner: Scanner, by_uid: bool = False) -> Fetch:
    """``[UID] FETCH set item|macro|(item …) [(CHANGEDSINCE modseq [VANISHED] PARTIAL range)]``."""
    scanner.space()
    messages = grammar.sequence_set(scanner)
    scanner.space()
    items = _items(scanner)
    modifiers = grammar.parenthesised(scanner, _modifier, limit=3, least=1) if scanner.take(b" ") else ()
    scanner.end()
    changed_since = next((one for one in modifiers if isinstance(one, int)), None)
    partial = next((one for one in modifiers if isinstance(one, PartialRange)), None)
    vanished = VANISHED in modifiers
    if len(modifiers) > (changed_since is not None) + (partial is not None) + vanished:
        raise CommandSyntaxError("Each modifier stands once")
    if vanished and not by_uid:
        raise CommandSyntaxError("VANISHED is for UID FETCH")
    if vanished and changed_since is None:
        raise CommandSyntaxError("VANISHED stands beside CHANGEDSINCE")
    if changed_since is not None:  # RFC 7162 §3.1.4.1: CHANGEDSINCE brings MODSEQ with it.
        items = (*items, FetchAttribute.MODSEQ)
    if by_uid:
        items = (FetchAttribute.UID, *items)
    return Fetch(messages, tuple(dict.fromkeys(items)), by_uid, changed_since, vanished, partial)


def parse_uid(scanner: Scanner) -> Fetch:
    """``UID FETCH``."""
    return parse(scanner, by_uid=True)


def _modifier(scanner: Scanner) -> int | Literal["VANISHED"] | PartialRange:
    """The modseq of CHANGEDSINCE, the range of PARTIAL, or VANISHED, which has nothing after it."""
    name = grammar.word(scanner, "a modifier of FETCH")
    if name == VANISHED:
        return VANISHED
    if name == "PARTIAL":
        return partial_range(scanner)
    if name != "CHANGEDSINCE":
        raise CommandSyntaxError("The only modifiers known here are CHANGEDSINCE, VANISHED and PARTIAL")
    scanner.space()
    return grammar.number64(scanner)


def parse_items(scanner: Scanner) -> tuple[FetchItem, ...]:
    """``(item …)``, one at least, as NOTIFY asks for them too (RFC 5465 §8)."""
    return grammar.parenthesised(scanner, _item, limit=MAX_ITEMS, least=1)


def _items(scanner: Scanner) -> tuple[FetchItem, ...]:
    if scanner.peek() == b"(":
        return parse_items(scanner)
    name = _name(scanner)
    return _MACROS[name] if name in _MACROS else (_item_named(scanner, name),)


def _item(scanner: Scanner) -> FetchItem:
    return _item_named(scanner, _name(scanner))


def _name(scanner: Scanner) -> str:
    return scanner.match(_NAME, "an item to fetch")[0].decode("ascii").upper()


def _item_named(scanner: Scanner, name: str) -> FetchItem:
    if name in {"BODY", "BODY.PEEK"} and scanner.take(b"["):
        section = section_spec(scanner)
        scanner.expect(b"]")
        return BodySection(section, _partial(scanner), peek=name == "BODY.PEEK")
    if name in {"BINARY", "BINARY.PEEK", "BINARY.SIZE"}:
        return _binary(scanner, name)
    if name == "PREVIEW" and scanner.looking_at(_PREVIEW_MODIFIERS):
        scanner.match(_PREVIEW_MODIFIERS, "LAZY")
    try:
        return FetchAttribute(name)
    except ValueError:
        raise CommandSyntaxError("Expected an item to fetch that RFC 9051 or RFC 3501 knows") from None


def _binary(scanner: Scanner, name: str) -> FetchItem:
    """RFC 3516 §7: section-binary = "[" [section-part] "]"."""
    scanner.expect(b"[")
    section = Section(section_part(scanner))
    scanner.expect(b"]")
    if name == "BINARY.SIZE":
        return BinarySize(section)
    return BinarySection(section, _partial(scanner), peek=name == "BINARY.PEEK")


def _partial(scanner: Scanner) -> Partial | None:
    if scanner.peek() != b"<":
        return None
    found = scanner.match(_PARTIAL, "a partial such as <0.1024>")
    return Partial(int(found[1]), int(found[2]))
