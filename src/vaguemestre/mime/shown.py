"""A message as it is shown to somebody who reads it without a mail client: header, first text, first page.

Only the beginning of a text is taken: whoever inspects a message wants to know what it is, and a page of
megabytes is an attack on whatever shows it. RFC 2046 §5.1.4: of alternatives, both the plain and the rich one
are given. Nothing here raises, whatever the octets.
"""

from dataclasses import dataclass
from typing import Final

from vaguemestre.mail.message import Attachment
from vaguemestre.mime.card import Card
from vaguemestre.mime.charsets import decode_beginning
from vaguemestre.mime.decoding import Decoder
from vaguemestre.mime.reader import GATHER, MessageReader, ReadMessage
from vaguemestre.mime.tally import decode_body
from vaguemestre.mime.text import header_text

LONGEST: Final = 256 * 1024  # octets of a text, decoded
_LONGEST_HEADER: Final = 64 * 1024
_LONGEST_RAW: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Shown:
    """``page`` is HTML as it came: never to be shown before it is cleaned. Empty without one."""

    read: ReadMessage
    header: str
    text: str
    page: str
    raw: str

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        """In the order they stand."""
        return self.read.facts.attachments


def attached(octets: bytes, found: Shown, number: int) -> bytes:
    """The octets of one of its attachments, from 0 on, decoded. Raises IndexError."""
    if number < 0:
        raise IndexError(number)
    place = found.read.places[number]
    decoder, decoded = Decoder(place.encoding), bytearray()
    for start in range(
        place.start, place.end, GATHER
    ):  # a stride at a time, so that other threads have theirs
        decoded += decoder.feed(octets[start : min(start + GATHER, place.end)])
    return bytes(decoded + decoder.finish())


def shown(octets: bytes) -> Shown:
    """What there is to be shown of a whole message."""
    reader = MessageReader()
    for start in range(0, len(octets), GATHER):
        reader.feed(octets[start : start + GATHER])
    read = reader.finish()
    card = Card(read.card)
    attached = {place.start for place in read.places}
    text, page = "", ""
    for path, part in card.parts.items():
        if not path or not part.is_text or part.body_start in attached:
            continue
        if page if part.is_html else text:
            continue
        body = decode_body(octets[part.body_start : part.body_end], part.encoding)[:LONGEST]
        told = decode_beginning(body, part.charset)
        text, page = (text, told) if part.is_html else (told, page)
    end = card.parts[()].body_start
    raw = octets[:_LONGEST_RAW].decode("utf-8", "replace")
    return Shown(read, header_text(octets[: min(end, _LONGEST_HEADER)]), text, page, raw)
