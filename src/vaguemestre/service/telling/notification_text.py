"""What a holder is told: a text of the operator's that reveals nothing. domain.md §2, notification.

Its first line is the subject, then an empty line, then the text. Two words may be put in it and no others:
``{service}`` and ``{url}``, which are the same for everybody. So whatever the operator writes, nothing of a
message, its sender or its holder can stand in it.
"""

import re
from dataclasses import dataclass
from typing import Final

_LONGEST: Final = 16 * 1024  # octets
_PLACES: Final = frozenset({"service", "url"})
_BRACES: Final = re.compile(r"\{([^{}]*)\}|[{}]")

DEFAULT: Final = """\
Du nouveau dans {service} / Something new in {service}

Bonjour,

Vous avez reçu quelque chose dans {service}.
Pour le lire, connectez-vous :
{url}

Ce message ne contient aucune information de santé. N'y répondez pas : personne ne lit les réponses.

--

Hello,

Something arrived for you in {service}.
To read it, sign in:
{url}

This message holds no health information. Do not answer it: nobody reads the answers.
"""


class TextError(ValueError):
    """The text cannot be used; the sentence says why and how to mend it."""


@dataclass(frozen=True, slots=True)
class NotificationText:
    """Ready to be sent, to anybody."""

    subject: str
    text: str


def notification_text(octets: bytes, service: str, url: str) -> NotificationText:
    """Read a text in UTF-8 and put in the two words. Raises TextError."""
    if len(octets) > _LONGEST:
        raise TextError(f"the text of notifications has {len(octets)} octets, the limit is {_LONGEST}")
    try:
        written = octets.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise TextError(f"the text of notifications is not UTF-8 (octet {error.start})") from error
    for found in _BRACES.finditer(written):
        if found[1] not in _PLACES:
            raise TextError(
                f"the text of notifications holds {found[0]}: it reveals nothing, so {{service}} and {{url}} "
                "alone may stand in it"
            )
    subject, empty, text = written.partition("\n\n")
    if not empty or not subject.strip() or "\n" in subject.strip() or not text.strip():
        raise TextError("the text of notifications is: a line for the subject, an empty line, then the text")
    if "{url}" not in text:
        raise TextError("the text of notifications does not say where to sign in: put {url} in it")
    words = {"service": service, "url": url}
    filled = (_BRACES.sub(lambda found: words[found[1]], part.strip()) for part in (subject, text))
    return NotificationText(*filled)
