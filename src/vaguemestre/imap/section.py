"""Which stretch of a message FETCH asks for: ``BODY[1.2.HEADER.FIELDS (FROM)]<0.100>``. RFC 9051 §6.4.5.

A partial is echoed by its origin alone, exactly as it was asked: ``<0>`` too, which iOS waits for.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

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


def _printed(name: str) -> str:
    if _ATOM.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
