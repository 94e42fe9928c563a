"""What FETCH asks of a message's content, and where it lies: in the card, or in the octets.

PREVIEW is the card's; empty when there is no text to show, and never NIL, which would mean "not yet"
(RFC 8970 §3.2). RFC822, RFC822.HEADER and RFC822.TEXT are sections under other names (RFC 3501 §6.4.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vaguemestre.imap.commands.fetch import (
    BinarySection,
    BinarySize,
    BodySection,
    FetchAttribute,
    FetchItem,
)
from vaguemestre.imap.fetch_response import ROW_ITEMS
from vaguemestre.imap.section import Partial, Section, SectionText
from vaguemestre.imap.strings import literal, literal8_head, string
from vaguemestre.mime.card import Card, Frame, frames, headers
from vaguemestre.mime.content import Encoding
from vaguemestre.mime.entity import Kind
from vaguemestre.mime.section import FilteredStretch, Located, Specifier, Stretch, filter_header, locate

_OLD_NAMES = {
    FetchAttribute.RFC822: Section(),
    FetchAttribute.RFC822_HEADER: Section(text=SectionText.HEADER),
    FetchAttribute.RFC822_TEXT: Section(text=SectionText.TEXT),
}
_IN_HEADER = frozenset({SectionText.HEADER, SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT})
_FRAMES: dict[FetchItem, Frame] = {
    FetchAttribute.ENVELOPE: Frame.ENVELOPE,
    FetchAttribute.BODY: Frame.BODY,
    FetchAttribute.BODYSTRUCTURE: Frame.BODYSTRUCTURE,
}


def section_of(item: FetchItem) -> tuple[Section, Partial | None] | None:
    """The section an item asks for, None when it asks for none."""
    if isinstance(item, BodySection):
        return item.section, item.partial
    section = _OLD_NAMES.get(item) if isinstance(item, FetchAttribute) else None
    return (section, None) if section is not None else None


def needs_octets(item: FetchItem) -> bool:
    """Whether the card cannot be enough: anything but the header of the message itself."""
    if isinstance(item, BinarySection | BinarySize):
        return True
    asked = section_of(item)
    return asked is not None and bool(asked[0].part or asked[0].text not in _IN_HEADER)


def is_whole(item: FetchItem) -> bool:
    """Whether it is all the octets of the message: what can be sent without a look at the card."""
    return section_of(item) == (Section(), None)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A stretch of the message's octets to be sent: ``keep`` is what the header filter leaves of it."""

    start: int
    length: int
    filtered: FilteredStretch | None = None
    partial: Partial | None = None

    def kept(self, octets: bytes) -> bytes:
        """What is sent of the octets of the stretch."""
        if self.filtered is None:
            return octets
        return _cut(self.filtered.filter(octets), self.partial)


class UnknownEncodingError(Exception):
    """A part is encoded in a way that nobody here can undo. RFC 3516 §4.3."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A stretch of the message's octets whose decoded form is wanted, or that form's size alone."""

    start: int
    length: int
    encoding: Encoding
    partial: Partial | None = None
    size_only: bool = False

    def told(self, size: int, has_nul: bool) -> bytes:
        """What is printed before the octets, or in their place."""
        return b"%d" % size if self.size_only else literal8_head(size, has_nul)


def printed(item: FetchItem, card: Card) -> bytes | Wanted | Decoded:
    """An item as it is printed from the card, or what must be fetched for it. Raises UnknownEncodingError."""
    match item:
        case BinarySection():
            return _decoded(card, item.section, item.partial) or b"NIL"
        case BinarySize():
            wanted = _decoded(card, item.section, None)
            return b"0" if wanted is None else replace(wanted, size_only=True)
        case FetchAttribute.ENVELOPE:
            return card.envelope
        case FetchAttribute.BODY:
            return card.body
        case FetchAttribute.BODYSTRUCTURE:
            return card.bodystructure
        case FetchAttribute.PREVIEW:
            return string(card.preview.encode("utf-8"))
    asked = section_of(item)
    if asked is None:
        raise KeyError(item)
    value = located(card, *asked)
    if value is None:
        return b"NIL"
    return literal(value) if isinstance(value, bytes) else value


def located(card: Card, section: Section, partial: Partial | None) -> bytes | Wanted | None:
    """The octets of a section, or where they must be fetched; None when the message has no such section."""
    specifier = Specifier(section.text.value) if section.text else None
    found: Located = locate(card, section.part, specifier, section.fields)
    if found is None:
        return None
    if isinstance(found, bytes):
        return _cut(found, partial)
    if isinstance(found, FilteredStretch):
        return Wanted(found.start, found.length, found, partial)
    return _narrowed(found, partial)


def column(item: FetchItem, cards: Sequence[bytes]) -> Sequence[bytes | None]:
    """An item of each of many cards as it is printed, ``None`` where the octets are needed for it.

    Only for items that do not always need them. What is asked is looked at once and not for each message:
    header fields took 5 µs a message one by one, of which the cutting itself is 1.5.
    """
    frame = _FRAMES.get(item)
    if frame is not None:
        return frames(cards, frame)
    if item is FetchAttribute.PREVIEW:
        return [string(Card(card).preview.encode("utf-8")) for card in cards]
    asked = section_of(item)
    if asked is None:
        raise KeyError(item)
    section, partial = asked
    blocks = headers(cards)
    if section.text is not SectionText.HEADER:
        names, negated = section.fields, section.text is SectionText.HEADER_FIELDS_NOT
        blocks = [None if block is None else filter_header(block, names, negated) for block in blocks]
    if partial is not None:
        blocks = [None if block is None else _cut(block, partial) for block in blocks]
    return [None if block is None else literal(block) for block in blocks]


def _decoded(card: Card, section: Section, partial: Partial | None) -> Decoded | None:
    """The whole message, multiparts and messages inside are not encoded themselves (RFC 2045 §6.4)."""
    if not section.part:
        return Decoded(0, card.extent[1], Encoding.IDENTITY, partial)
    part = card.parts.get(section.part)
    if part is None:
        return None
    encoding = part.encoding if part.kind in {Kind.LEAF, Kind.OPAQUE} else Encoding.IDENTITY
    if encoding is Encoding.UNKNOWN:
        raise UnknownEncodingError
    return Decoded(part.body_start, part.body_end - part.body_start, encoding, partial)


def card_items(items: Sequence[FetchItem]) -> list[FetchItem]:
    """Those of the items that a row is not enough for."""
    return [item for item in items if item not in ROW_ITEMS]


def _narrowed(stretch: Stretch, partial: Partial | None) -> Wanted:
    """RFC 9051 §6.4.5: a partial beyond the end is empty, one across the end is cut."""
    if partial is None:
        return Wanted(stretch.start, stretch.length)
    origin = min(partial.origin, stretch.length)
    return Wanted(stretch.start + origin, min(partial.length, stretch.length - origin))


def _cut(octets: bytes, partial: Partial | None) -> bytes:
    return octets if partial is None else octets[partial.origin : partial.origin + partial.length]
