"""Sections: which octets ``BODY[…]`` means. RFC 9051 §6.4.5.1, RFC 3501 §6.4.5.

The answer is one of four: octets ready to send, a stretch of the message to fetch, a stretch holding a
header to be filtered once fetched (``FilteredStretch.filter``), or ``None`` where there is no such part,
which goes out as NIL. Partials (``<0.1024>``) are the caller's: they apply to the octets of whichever
answer.

A message that is no multipart has one part, ``1``, whose MIME header is that of the message.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeAlias

from vaguemestre.mime.card import Card, Path
from vaguemestre.mime.entity import Kind

# RFC 5322 §2.2: the LF before a field, the field with its folds, not its last LF. Patterns that begin with a
# letter of their own are searched four times faster than those that begin with an anchor.
_FIELD: Final = re.compile(rb"\n([!-9;-~]+)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*")
_NAME: Final = re.compile(rb"[!-9;-~]+")
_END: Final = b"\r\n"


class Specifier(StrEnum):
    """RFC 9051 §9: section-text."""

    HEADER = "HEADER"
    HEADER_FIELDS = "HEADER.FIELDS"
    HEADER_FIELDS_NOT = "HEADER.FIELDS.NOT"
    TEXT = "TEXT"
    MIME = "MIME"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Octets of the message, from ``start``, ``length`` of them."""

    start: int
    length: int


@dataclass(frozen=True, slots=True)
class FilteredStretch:
    """A header inside the message's octets, of which some fields only are wanted."""

    start: int
    length: int
    names: tuple[str, ...]
    negated: bool

    def filter(self, header: bytes) -> bytes:
        """The wanted fields of the header that was fetched, with the empty line that ends them."""
        return filter_header(header, self.names, self.negated)


Located: TypeAlias = bytes | Stretch | FilteredStretch | None


def locate(card: Card, path: Path, specifier: Specifier | None, names: Sequence[str] = ()) -> Located:
    """Where the octets of a section are. ``names`` are those of HEADER.FIELDS and HEADER.FIELDS.NOT."""
    if not path:
        body_start, end = card.extent
        if specifier is None:
            return Stretch(0, end)
        if specifier is Specifier.TEXT:
            return Stretch(body_start, end - body_start)
        if specifier is Specifier.MIME:
            return None  # RFC 9051 §6.4.5.1: MIME wants a part number
        return _header(card, 0, body_start, specifier, names)
    part = card.parts.get(path)
    if part is None:
        return None
    if specifier is None:
        return Stretch(part.body_start, part.body_end - part.body_start)
    if specifier is Specifier.MIME:
        return _header(card, part.header_start, part.body_start, specifier, names)
    if part.kind is not Kind.MESSAGE:
        return None  # RFC 9051 §6.4.5.1: HEADER and TEXT of a part mean a message inside
    if specifier is Specifier.TEXT:
        return Stretch(part.inner_body_start, part.body_end - part.inner_body_start)
    return _header(card, part.body_start, part.inner_body_start, specifier, names)


def filter_header(header: bytes, names: Sequence[str], negated: bool) -> bytes:
    """The fields of those names, or all the others: original octets and order, then an empty line."""
    lines = b"\n" + header
    if negated:
        unwanted = {name.lower().encode("utf-8", "replace") for name in names}
        kept = [match[0] for match in _FIELD.finditer(lines) if match[1].lower() not in unwanted]
    else:
        kept = _wanted(tuple(names)).findall(lines)
    return b"".join(kept)[1:] + b"\n" + _END if kept else _END


def _header(card: Card, start: int, end: int, specifier: Specifier, names: Sequence[str]) -> Located:
    filtered = specifier in {Specifier.HEADER_FIELDS, Specifier.HEADER_FIELDS_NOT}
    negated = specifier is Specifier.HEADER_FIELDS_NOT
    kept = card.header if start == 0 else None
    if kept is not None:
        return filter_header(kept, names, negated) if filtered else kept
    if filtered:
        return FilteredStretch(start, end - start, tuple(names), negated)
    return Stretch(start, end - start)


@lru_cache(maxsize=64)
def _wanted(names: tuple[str, ...]) -> re.Pattern[bytes]:
    """One pattern for all the names: a client asks the same of thousands of messages.

    Some 1 µs a header, with possessive repeats and letters spelt in both cases too; 3 to 8 line by line.
    """
    octets = (name.encode("utf-8", "replace") for name in names)
    alternatives = b"|".join(re.escape(name) for name in octets if _NAME.fullmatch(name)) or b"(?!)"
    return re.compile(rb"\n(?:" + alternatives + rb")[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE)
