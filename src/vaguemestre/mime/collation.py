"""How texts are compared when they are sorted: i;unicode-casemap. RFC 5051 §2.

A text is mapped once; the mapped texts are then compared code point by code point, which is the order of
their UTF-8 octets. RFC 5256 §7 asks for this of SORT and THREAD.
"""

import unicodedata
from functools import lru_cache


def casemap(text: str) -> str:
    """The text as it is compared: each character in title case, then taken apart, accents after letters."""
    if text.isascii():
        return text.upper()
    return unicodedata.normalize("NFKD", "".join(map(_title, text)))


@lru_cache(maxsize=1024)
def _title(character: str) -> str:
    """RFC 5051 §2 maps one character to one: what would become several (sharp s) stays as it is."""
    title = character.title()
    return title if len(title) == 1 else character
