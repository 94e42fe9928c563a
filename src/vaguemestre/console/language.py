"""French or English: what the person chose, or else what the browser asks for. RFC 9110 §12.5.4.

A text of a page is written in both languages in one place, ``say("Bonjour", "Hello")``: none can be missing.
"""

from enum import StrEnum
from typing import Final

from fastapi import Request

COOKIE: Final = "__Host-language"


class Language(StrEnum):
    """The first is spoken to whoever asks for neither."""

    FR = "fr"
    EN = "en"

    def say(self, fr: str, en: str) -> str:
        """The one of two texts that is in this language."""
        return fr if self is Language.FR else en


def language_of(request: Request) -> Language:
    """Of the cookie, of Accept-Language, or French."""
    chosen = request.cookies.get(COOKIE)
    if chosen in set(Language):
        return Language(chosen)
    return preferred(request.headers.get("accept-language", ""))


def preferred(accepted: str) -> Language:
    """The better liked of ours; the first named among equals. What cannot be read is passed over."""
    best, weight = Language.FR, 0.0
    for part in accepted[:200].split(","):
        name, _, quality = part.strip().partition(";")
        tag = name.partition("-")[0].strip().lower()
        if tag not in set(Language):
            continue
        liked = _quality(quality)
        if liked > weight:
            best, weight = Language(tag), liked
    return best


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
