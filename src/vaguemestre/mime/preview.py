"""A few words of a message's text, for lists of messages. RFC 8970 §3.1: 200 characters at most, or none."""

import html
import re
from typing import Final

from vaguemestre.mime.charsets import decode_beginning
from vaguemestre.mime.entity import Entity

MAX_PREVIEW: Final = 200
_AT_FIRST: Final = 512  # octets: enough for 200 characters of most letters
_LOOKED_AT: Final = 4_096  # octets: quotes and tags take room before the first words

_UNSEEN: Final = re.compile(r"(?is)<(style|script|head|title)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)")
_TAG: Final = re.compile(r"<[^>]*(?:>|\Z)")
_QUOTE: Final = re.compile(r"(?m)^>.*$")


def preview_of(samples: dict[str, Entity]) -> str:
    """The first words of the plain text, or else of the HTML, without quotes, tags and runs of blanks."""
    plain = samples.get("text/plain")
    if plain is not None:
        words = _plain_words(plain, _AT_FIRST)
        if len(words) < MAX_PREVIEW and len(plain.sample) > _AT_FIRST:
            words = _plain_words(plain, _LOOKED_AT)
        if words:
            return words
    page = samples.get("text/html")
    if page is None:
        return ""
    return _folded(strip_tags(decode_beginning(page.sample[:_LOOKED_AT], page.content.charset)))


def _plain_words(plain: Entity, length: int) -> str:
    text = decode_beginning(plain.sample[:length], plain.content.charset)
    return _folded(_QUOTE.sub("", text) if ">" in text else text)


def strip_tags(page: str) -> str:
    """The text a person would read in a page, roughly: for searching and previews, never for display."""
    return html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", page)))


def _folded(text: str) -> str:
    folded = " ".join(text.split())[:MAX_PREVIEW]
    if not folded.isprintable():
        folded = "".join(letter for letter in folded if letter.isprintable())
    return folded.rstrip()
