"""Which stretch of a message FETCH asks for: ``BODY[1.2.HEADER.FIELDS (FROM)]<0.100>``. RFC 9051 §6.4.5.

A partial is echoed by its origin alone, exactly as it was asked: ``<0>`` too, which iOS waits for.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vaguemestre.imap import grammar
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imap.scanner import Scanner

MAX_DEPTH: Final = 50  # part numbers in one section; mime refuses deeper messages anyway
MAX_FIELDS: Final = 500

_PART = re.compile(rb"[1-9][0-9]{0,8}(?:\.[1-9][0-9]{0,8})*")
_SECTION_TEXT = re.compile(rb"HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME", re.IGNORECASE)
# RFC 5322 §3.6.8: a field name is printable ASCII but the colon.
_FIELD_NAME = re.compile(rb"[!-9;-~]{1,200}")
_ATOM = re.compile(r"[!#$&'+-\[^-z|}~]+")


class SectionText(StrEnum):
    """What of the part: everything, or one of the ``section-text`` words of RFC 9051 §9."""

    WHOLE = ""
    HEADER = "HEADER"
    HEADER_FIELDS = "HEADER.FIELDS"
    HEADER_FIELDS_NOT = "HEADER.FIELDS.NOT"
    TEXT = "TEXT"
    MIME = "MIME"


@dataclass(frozen=True, slots=True)
class Section:
    """``part`` is the path of part numbers, empty for the message itself; ``fields`` header names as sent."""

    part: tuple[int, ...] = ()
    text: SectionText = SectionText.WHOLE
    fields: tuple[str, ...] = ()

    def __bytes__(self) -> bytes:
        """As it is echoed between the brackets."""
        words = [str(number) for number in self.part]
        if self.text:
            words.append(self.text)
        printed = ".".join(words)
        if self.fields:
            printed += f" ({' '.join(_printed(name) for name in self.fields)})"
        return printed.encode("ascii")


@dataclass(frozen=True, slots=True)
class Partial:
    """``<origin.length>`` in octets; length is never 0."""

    origin: int
    length: int


def section_part(scanner: Scanner) -> tuple[int, ...]:
    """RFC 9051 §9: section-part = nz-number *("." nz-number); empty where none stands."""
    if not scanner.looking_at(_PART):
        return ()
    part = tuple(int(number) for number in scanner.match(_PART, "a part")[0].split(b"."))
    if len(part) > MAX_DEPTH:
        raise CommandSyntaxError(f"Expected at most {MAX_DEPTH} part numbers")
    return part


def section_spec(scanner: Scanner) -> Section:
    """RFC 9051 §9: section-spec = section-msgtext / (section-part ["." section-text])."""
    part = section_part(scanner)
    if part:
        if not scanner.take(b"."):
            return Section(part)
    elif scanner.peek() == b"]":  # BODY[] is the whole message
        return Section()
    found = scanner.match(_SECTION_TEXT, "HEADER, HEADER.FIELDS, HEADER.FIELDS.NOT, TEXT or MIME")
    text = SectionText(found[0].decode("ascii").upper())
    if text is SectionText.MIME and not part:
        raise CommandSyntaxError("MIME stands after a part number")
    fields: tuple[str, ...] = ()
    if text in {SectionText.HEADER_FIELDS, SectionText.HEADER_FIELDS_NOT}:
        scanner.space()
        fields = grammar.parenthesised(scanner, _field_name, limit=MAX_FIELDS, least=1)
    return Section(part, text, fields)


def _field_name(scanner: Scanner) -> str:
    octets = grammar.astring(scanner, "the name of a header field")
    if _FIELD_NAME.fullmatch(octets) is None:
        raise CommandSyntaxError("Expected the name of a header field")
    return octets.decode("ascii")


def _printed(name: str) -> str:
    if _ATOM.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
