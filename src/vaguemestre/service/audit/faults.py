"""What can be wrong with the chain over the journal, where, and how it is said."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from vaguemestre.mail.sentence import Sentence


class FaultKind(StrEnum):
    """One word each."""

    MISSING = "missing"
    CHANGED = "changed"
    MOVED = "moved"
    COPIED = "copied"
    EMPTIED = "emptied"
    CUT = "cut"
    REWRITTEN = "rewritten"
    WITNESS = "witness"
    ANCHOR = "anchor"
    STAMP = "stamp"


_SAID: Final = {
    FaultKind.MISSING: Sentence(
        "des lignes ont disparu, ou leur place dans la chaîne",
        "lines are missing, or have lost their place in the chain",
    ),
    FaultKind.CHANGED: Sentence(
        "la ligne a été modifiée, ou n'a pas été écrite par ce serveur",
        "the line was changed, or was not written by this server",
    ),
    FaultKind.MOVED: Sentence(
        "la ligne n'est pas à sa place dans la chaîne", "the line does not stand at its place in the chain"
    ),
    FaultKind.COPIED: Sentence(
        "la même ligne figure plus d'une fois", "the same line stands there more than once"
    ),
    FaultKind.EMPTIED: Sentence(
        "la ligne a été vidée sans que le journal dise pourquoi",
        "the line was emptied, and the journal does not say why",
    ),
    FaultKind.CUT: Sentence(
        "la chaîne allait jusqu'ici et s'arrête avant", "the chain reached this line, and now ends before it"
    ),
    FaultKind.REWRITTEN: Sentence(
        "la chaîne a été refaite entre ces lignes : elle passait ici par une autre ligne",
        "the chain was made anew between these lines: it led through another line here",
    ),
    FaultKind.WITNESS: Sentence(
        "le témoin conservé avec les clés a été modifié", "the witness kept with the keys was changed"
    ),
    FaultKind.ANCHOR: Sentence(
        "l'ancre ne porte pas la signature de ce serveur", "the anchor is not signed by this server"
    ),
    FaultKind.STAMP: Sentence(
        "l'horodatage n'est pas celui de cette ancre, ou d'aucune autorité reconnue",
        "the time stamp is not of this anchor, or of no authority that is believed",
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """From which line to which, and between which moments; ``source`` names what tells, when it is a file."""

    kind: FaultKind
    first: int
    last: int
    since: datetime | None = None
    until: datetime | None = None
    source: str = ""

    @property
    def sentence(self) -> Sentence:
        """What is wrong, without where."""
        return _SAID[self.kind]

    def joins(self, other: "Fault") -> bool:
        """Whether the other goes on where this one ends."""
        return (self.kind, self.source, self.last + 1) == (other.kind, other.source, other.first)

    def joined(self, other: "Fault") -> "Fault":
        """Both as one."""
        return Fault(self.kind, self.first, other.last, self.since, other.until, self.source)
