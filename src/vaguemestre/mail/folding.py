"""Words as people look for them: without case, accents, hyphens or ligatures.

«Élodie LE-GŒUR» and «elodie le goeur» are the same three words. What is kept to be searched and what is
searched for go through the same function, so that they agree whichever database compares them.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Not taken apart by NFKD (Unicode Standard Annex 15), and written as two letters by whoever lacks the key.
_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
_ASCII: Final = str.maketrans({code: " " for code in range(128) if not chr(code).isalnum()})
_GAPS: Final = re.compile(r"[\W_]+")
_REMEMBERED: Final = 16_384  # professions and towns come back all the time, names of people do not


def folded(text: str) -> str:
    """The words of a text, parted by one space or more: lower case, letters and digits alone."""
    if text.isascii():
        return text.lower().translate(_ASCII)
    # Taken apart twice: some letters have a capital inside, and some small letters have marks of their own.
    small = unicodedata.normalize("NFKD", text).casefold().translate(_LIGATURES)
    apart = unicodedata.normalize("NFKD", small)
    return _GAPS.sub(" ", "".join(mark for mark in apart if not unicodedata.combining(mark)))


folded_often = lru_cache(_REMEMBERED)(folded)
"""The same for texts that come again and again."""


def words_of(text: str) -> tuple[str, ...]:
    """The same, one by one, each once."""
    return tuple(dict.fromkeys(folded(text).split()))
