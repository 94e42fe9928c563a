"""Decoded text for SEARCH: of header fields, and of the text parts. RFC 9051 §6.4.4.

SEARCH compares characters and not octets: encoded words, quoted-printable, base64 and charsets are undone
first. Whoever compares folds the case. Nothing here raises, whatever the octets.
"""

import html
import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Final

from vaguemestre.mime.card import Card
from vaguemestre.mime.charsets import decode
from vaguemestre.mime.entity import Kind
from vaguemestre.mime.headers import decode_text, decode_words, parse_date
from vaguemestre.mime.tally import decode_body

_FOLD: Final = re.compile(r"\r?\n(?=[ \t])")


def field_texts(header: bytes, name: str) -> list[str]:
    """The decoded values of every field of that name, case ignored; empty when there is none."""
    return [decode_text(value) for value in _field(name).findall(b"\n" + header)]


def header_text(header: bytes) -> str:
    """A whole header block, unfolded and decoded: for the key TEXT."""
    text = _FOLD.sub("", decode(header))
    return decode_words(text) if "=?" in text else text


def sent_at(header: bytes) -> datetime | None:
    """What Date says, aware: for SENTBEFORE, SENTON and SENTSINCE."""
    dates = _field("Date").findall(b"\n" + header)
    return parse_date(dates[0]) if dates else None


def body_texts(octets: bytes, card: Card) -> Iterator[str]:
    """Each text of a message in turn: text parts decoded, and headers of messages inside.

    ``octets`` are those of the whole message. In pages, character references are resolved.
    """
    for path, part in card.parts.items():
        if not path:
            continue  # the message itself: its part 1 is the same octets
        if part.kind is Kind.MESSAGE:
            yield header_text(octets[part.body_start : part.inner_body_start])
        elif part.is_text:
            text = decode(decode_body(octets[part.body_start : part.body_end], part.encoding), part.charset)
            yield html.unescape(text) if part.is_html and "&" in text else text


@lru_cache(maxsize=64)
def _field(name: str) -> re.Pattern[bytes]:
    """The values of one field: a search asks the same of thousands of messages."""
    key = re.escape(name.encode("utf-8", "replace"))
    return re.compile(rb"\n" + key + rb"[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE)
