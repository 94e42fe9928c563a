"""What a recipient's own software says of a message it was sent. RFC 8098 §3.2.6; domain.md §4."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vaguemestre.mail.sentence import Sentence

INTEGRATION_ERRORS: Final = {
    "900": Sentence("mauvaise version du document", "wrong version of the document"),
    "901": Sentence(
        "l'auteur ne peut ni le remplacer ni le supprimer", "the author may not replace or delete it"
    ),
    "902": Sentence("patient inconnu", "unknown patient"),
    "903": Sentence("pas d'INS dans le document", "no INS in the document"),
    "904": Sentence("l'INS ne correspond pas", "the INS does not match"),
    "905": Sentence("INS incomplet", "incomplete INS"),
    "906": Sentence("autre motif", "another reason"),
}
"""Codes of domain.md §4, in our words: theirs may name the patient."""


class Disposition(StrEnum):
    """As far as it moves the fate of a message: what was merely processed or deleted moves nothing."""

    DISPLAYED = "displayed"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Notification:
    """A message disposition notification. ``original`` is the Message-ID it speaks of, brackets included.

    ``code`` is a key of ``INTEGRATION_ERRORS`` when it was rejected and one was given, else empty.
    """

    original: str
    disposition: Disposition
    code: str = ""
