"""What people read, in French and in English, and what becomes of its accents where only ASCII may travel.

That is SMTP (RFC 5321 §4.2), and IMAP until a client enables UTF-8 (RFC 9051 §7.1).
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_QUOTES_AND_DASHES: Final = str.maketrans(
    {
        "\u2019": "'",
        "«": '"',
        "»": '"',
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
        "…": "...",
        "œ": "oe",
        "Œ": "OE",
        "æ": "ae",
        "Æ": "AE",
    }
)

_INSIDE_QUOTES: Final = re.compile(r"(?<=«)\s+|\s+(?=»)")  # French puts them there, English quotes have none


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence in both languages; together they are one text, for where there is room for one."""

    fr: str
    en: str

    def __str__(self) -> str:
        return f"{self.fr} / {self.en}"


def counted(number: int, one: Sentence, several: Sentence) -> Sentence:
    """A number and its noun: French keeps the singular for none, English for one alone."""
    return Sentence(
        f"{number} {one.fr if number < 2 else several.fr}",
        f"{number} {one.en if number == 1 else several.en}",
    )


DAY: Final = Sentence("jour", "day"), Sentence("jours", "days")


def ascii_of(text: str) -> str:
    """The nearest ASCII: accents dropped, a question mark for what has no nearer form."""
    tight = _INSIDE_QUOTES.sub("", text)
    decomposed = unicodedata.normalize("NFKD", tight.translate(_QUOTES_AND_DASHES))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).encode("ascii", "replace").decode()
