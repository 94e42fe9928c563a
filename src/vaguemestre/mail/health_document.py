"""What a health document says of itself that rules decide by: whose it is, and who may see it. domain.md
§4.

Read by ``mime`` from what software attaches: CDA, the list of an XDM archive, HL7 v2. Never logged: a
matricule is in it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vaguemestre.mail.ins import Ins

# domain.md §4: who gave the number. NIR, NIA, identities for tests, for demonstrations.
INS_AUTHORITIES: Final = frozenset(f"1.2.250.1.213.1.4.{last}" for last in (8, 9, 10, 11))


class DocumentKind(StrEnum):
    """In which form it stands."""

    CDA = "CDA"
    XDM = "XDM"
    HL7_V2 = "HL7"


@dataclass(frozen=True, slots=True)
class Mark:
    """A word on who may see a document, and whether it is meant: ``Y``, ``N``, or what software made of it.

    A confidentiality code of CDA or XDM stands there or not, and so is always ``Y``.
    """

    code: str
    value: str


@dataclass(frozen=True, slots=True)
class HealthDocument:
    """One document. ``where`` names its file; ``patients`` are matricules as they stand, in capitals.

    Only numbers of the authorities of the INS are there: a hospital's own number says nothing here. One that
    is not ``is_readable`` says what it is and no more.
    """

    kind: DocumentKind
    where: str
    patients: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    is_readable: bool = True


def is_of(matricule: str, ins: Ins) -> bool:
    """Whether a matricule is that person's; some software leaves the two digits of the key away."""
    return matricule == ins.text or (len(matricule) == len(ins.text) - 2 and ins.text.startswith(matricule))
