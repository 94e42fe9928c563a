"""Whether a header holds a text, as SEARCH asks. RFC 9051 §6.4.4.

Characters are compared, without case, after unfolding (RFC 5322 §2.2.3) and decoding (RFC 2047 §6.2). Most
headers are plain, that is ASCII without an encoded word: in those every word of the text stands as it
travels, because no fold stands inside a word. So a plain header without the word is refused before anything
is cut or decoded. Texts are folded first: what folds to ASCII (KELVIN SIGN, long s) is sought as ASCII, and
what does not is in no plain header. Nothing here raises, whatever the octets.
"""

import re
from typing import Final

from vaguemestre.mime.headers import decode_text
from vaguemestre.mime.text import header_text

FOLDED_AT_ONCE: Final = 64 * 1024  # characters
_WORDS: Final = re.compile(r"[!-~]+")


def folded(text: str) -> str:
    """The text without case, a stretch at a time: no single call keeps the interpreter to itself for long."""
    stretches = range(0, len(text), FOLDED_AT_ONCE)
    return "".join([text[at : at + FOLDED_AT_ONCE].casefold() for at in stretches])


class Sought:
    """A text, made ready to be looked for in thousands of headers."""

    __slots__ = ("is_word", "text", "word")

    def __init__(self, text: str) -> None:
        self.text = text.casefold()
        # Of texts that are not ASCII, all of it: octets that no plain header has.
        word = max(_WORDS.findall(self.text), key=len, default="") if self.text.isascii() else self.text
        self.word = word.encode("utf-8", "surrogatepass")
        self.is_word = word == self.text and self.text.isascii()


class SoughtField(Sought):
    """A text to be looked for in the fields of one name."""

    __slots__ = ("name", "pattern")

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name
        # RFC 5322 §2.2: a field and its continuation lines; only this field is cut out, not all of them.
        self.pattern = re.compile(
            rb"(?im)^" + re.escape(name.encode("utf-8", "replace")) + rb"[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)"
        )


class SearchedHeader:
    """One header block; what the answer to one question took is kept for the next."""

    __slots__ = ("_folded", "_lowered", "_values", "octets")

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self._lowered: bytes | None = None
        self._folded: str | None = None
        self._values: dict[str, list[bytes]] | None = None

    def has_in_field(self, sought: SoughtField) -> bool:
        """Whether a field of that name holds the text."""
        if self._lacks(sought.word):
            return False
        if self._values is None:
            self._values = {}
        values = self._values.get(sought.name)
        if values is None:
            values = self._values[sought.name] = sought.pattern.findall(self.octets)
        for value in values:
            if sought.is_word and b"=?" not in value and value.isascii():
                if sought.word in value.lower():
                    return True
            elif sought.text in decode_text(value).casefold():
                return True
        return False

    def has(self, sought: Sought) -> bool:
        """Whether it holds the text anywhere, names of fields included."""
        if self._lacks(sought.word):
            return False
        if self._folded is None:
            self._folded = folded(header_text(self.octets))
        return sought.text in self._folded

    def _lacks(self, word: bytes) -> bool:
        """Whether the word is certainly not there; never of a header that is not plain."""
        lowered = self._lowered
        if lowered is None:
            octets = self.octets
            # Of the others nothing is known without decoding.
            plain = octets.isascii() and b"=?" not in octets
            lowered = self._lowered = octets.lower() if plain else b""
        return bool(lowered) and word not in lowered
