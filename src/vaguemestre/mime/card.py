"""The card: what FETCH and SEARCH ask for, made once when a message arrives and sealed beside it.

House rule: parsing a whole message costs two hundred times what slicing a card does. So ENVELOPE, BODY and
BODYSTRUCTURE are kept as IMAP prints them (RFC 9051 §7.5.2), with the header block, the place of every part
(RFC 9051 §6.4.5) and a preview (RFC 8970 §3.1).

The form, all numbers big-endian: one octet of version, one of marks (bit 0: the header is kept whole),
six ends of four octets each, then the six frames one after the other: ENVELOPE, BODY, BODYSTRUCTURE,
header block, preview in UTF-8, parts. A card of another version is refused: the reader of that version
makes it again from the octets.
"""

from collections.abc import Sequence
from enum import IntEnum
from operator import itemgetter
from struct import Struct, pack, unpack_from
from struct import error as struct_error
from typing import Final, NamedTuple, TypeAlias

from vaguemestre.mime import structure
from vaguemestre.mime.addresses import Room
from vaguemestre.mime.content import Encoding
from vaguemestre.mime.entity import Entity, Kind
from vaguemestre.mime.preview import preview_of

Path: TypeAlias = tuple[int, ...]
"""Part numbers from the outside in; the empty path is the whole message."""

VERSION: Final = 1

_HEAD: Final = Struct(">BB6I")
_START: Final = _HEAD.size
_PAIRS: Final = Struct(">2I")
# Kind, encoding, length of the path, length of the charset, then header start, body start, body end,
# and for a message inside: where its own body starts.
_PART: Final = Struct(">BBBB4Q")

_ENCODINGS: Final = tuple(Encoding)
_ENCODING_CODES: Final = {encoding: code for code, encoding in enumerate(Encoding)}
_KINDS: Final = tuple(Kind)  # their values are their places
_HEADER_KEPT: Final = 1
_TEXT, _HTML, _KIND = 0x80, 0x40, 0x3F


class CardFormatError(ValueError):
    """These octets are no card of this version."""


class Frame(IntEnum):
    """The frames that are printed as they stand, by their place."""

    ENVELOPE = 0
    BODY = 1
    BODYSTRUCTURE = 2
    HEADER = 3


class Part(NamedTuple):
    """Where one part lies, offsets in octets from the start of the message.

    The MIME header runs from ``header_start`` to ``body_start``; of a message inside (``kind`` MESSAGE)
    the header runs from ``body_start`` to ``inner_body_start``, its text from there to ``body_end``.
    ``is_text`` tells of text leaves, never of the path ``()``.
    """

    kind: Kind
    is_text: bool
    is_html: bool
    encoding: Encoding
    charset: str
    header_start: int
    body_start: int
    body_end: int
    inner_body_start: int


class Card:
    """Reads a card; each property slices its own frame, nothing more. Raises CardFormatError."""

    __slots__ = ("_octets", "_parts")

    def __init__(self, octets: bytes) -> None:
        if len(octets) < _START or octets[0] != VERSION:
            raise CardFormatError("these octets are no card of this version")
        self._octets = octets
        self._parts: dict[Path, Part] | None = None

    @property
    def envelope(self) -> bytes:
        """ENVELOPE, with its parentheses."""
        return self._octets[_START : _PAIRS.unpack_from(self._octets, 2)[0]]

    @property
    def body(self) -> bytes:
        """BODY: the structure without extension data."""
        return self._frame(1)

    @property
    def bodystructure(self) -> bytes:
        """BODYSTRUCTURE."""
        return self._frame(2)

    @property
    def header(self) -> bytes | None:
        """The header block as received, its empty line included; ``None`` when it was too long to keep."""
        return self._frame(3) if self._octets[1] & _HEADER_KEPT else None

    @property
    def preview(self) -> str:
        """The first words, 200 characters at most; may be empty."""
        return self._frame(4).decode("utf-8", "replace")

    @property
    def extent(self) -> tuple[int, int]:
        """Where the body of the message starts, and where it ends: its size in octets."""
        start = _PAIRS.unpack_from(self._octets, 2 + 4 * 4)[0]
        _, _, _, _, _, body_start, body_end, _ = _PART.unpack_from(self._octets, start)
        return body_start, body_end

    @property
    def parts(self) -> dict[Path, Part]:
        """Every part by its path, in the order they stand; ``()`` is the message itself."""
        if self._parts is None:
            try:
                self._parts = _read_parts(self._frame(5))
            except (struct_error, UnicodeDecodeError, IndexError) as error:
                raise CardFormatError("the parts of this card cannot be read") from error
        return self._parts

    def _frame(self, number: int) -> bytes:
        start, end = _PAIRS.unpack_from(self._octets, 2 + 4 * (number - 1))
        return self._octets[start:end]


_VERSION_OF: Final = itemgetter(0)
_MARKS_OF: Final = itemgetter(1)
# The end of the first frame; of the others, the end of the one before and their own.
_ENVELOPE_END: Final = Struct(">2xI")
_ENDS: Final = {frame: Struct(f">2x{4 * (frame - 1)}x2I") for frame in Frame if frame}


def frames(cards: Sequence[bytes], frame: Frame) -> list[bytes]:
    """One frame of each of many cards. Raises CardFormatError.

    A third of a microsecond a card, where asking each Card takes one: FETCH of ten thousand is made of these.
    """
    if set(map(_VERSION_OF, cards)) - {VERSION}:
        raise CardFormatError("these octets are no card of this version")
    if frame is Frame.ENVELOPE:
        ends = map(_ENVELOPE_END.unpack_from, cards)
        return [card[_START:end] for card, (end,) in zip(cards, ends, strict=True)]
    places = map(_ENDS[frame].unpack_from, cards)
    return [card[start:end] for card, (start, end) in zip(cards, places, strict=True)]


def headers(cards: Sequence[bytes]) -> list[bytes | None]:
    """The header block of each of many cards; ``None`` where it was too long to keep."""
    blocks = frames(cards, Frame.HEADER)
    marks = map(_MARKS_OF, cards)
    return [block if mark & _HEADER_KEPT else None for block, mark in zip(blocks, marks, strict=True)]


def make_card(
    root: Entity, samples: dict[str, Entity], addresses: structure.AddressFields, room: Room
) -> bytes:
    """The card of a message whose tree is ``root``; ``addresses`` are those of its own header."""
    frames = (
        structure.envelope(root.fields or {}, addresses),
        *structure.bodies(root, room),
        root.header or b"",
        preview_of(samples).encode("utf-8", "replace"),
        _print_parts(root),
    )
    ends = []
    end = _START
    for frame in frames:
        end += len(frame)
        ends.append(end)
    marks = _HEADER_KEPT if root.header is not None else 0
    return _HEAD.pack(VERSION, marks, *ends) + b"".join(frames)


def _print_parts(root: Entity) -> bytes:
    records: list[bytes] = [_record((), root)]
    # RFC 9051 §6.4.5: the parts of a multipart are numbered from 1; a message that is none has one part, 1.
    waiting: list[tuple[Path, Entity]] = list(reversed(_numbered((), root)))
    while waiting:
        path, entity = waiting.pop()
        records.append(_record(path, entity))
        if entity.kind is Kind.MULTIPART:
            inside = [((*path, i), child) for i, child in enumerate(entity.children, 1)]
        elif entity.kind is Kind.MESSAGE:
            inside = _numbered(path, entity.children[0])
        else:
            continue
        waiting.extend(reversed(inside))
    return b"".join(records)


def _numbered(path: Path, message: Entity) -> list[tuple[Path, Entity]]:
    if message.kind is Kind.MULTIPART:
        return [((*path, i), child) for i, child in enumerate(message.children, 1)]
    return [((*path, 1), message)]


def _record(path: Path, entity: Entity) -> bytes:
    content = entity.content
    charset = b""
    kind = entity.kind.value
    if path and entity.kind is Kind.LEAF and content.media_type.startswith("text/"):
        kind |= _TEXT | (_HTML if content.media_type == "text/html" else 0)
        charset = content.charset.encode("ascii", "replace")[:80]
    inner = entity.children[0].body_start if entity.kind is Kind.MESSAGE else 0
    fixed = _PART.pack(
        kind,
        _ENCODING_CODES[content.encoding],
        len(path),
        len(charset),
        entity.header_start,
        entity.body_start,
        entity.body_end,
        inner,
    )
    return fixed + pack(f">{len(path)}H", *path) + charset


def _read_parts(frame: bytes) -> dict[Path, Part]:
    parts: dict[Path, Part] = {}
    at = 0
    while at < len(frame):
        kind, encoding, depth, letters, *places = _PART.unpack_from(frame, at)
        at += _PART.size
        path = unpack_from(f">{depth}H", frame, at)
        at += 2 * depth
        charset = frame[at : at + letters].decode("ascii")
        at += letters
        parts[path] = Part(
            _KINDS[kind & _KIND],
            bool(kind & _TEXT),
            bool(kind & _HTML),
            _ENCODINGS[encoding],
            charset,
            *places,
        )
    return parts
