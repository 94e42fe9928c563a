"""The people of the cases, by the words the page uses for them. All fictitious, public test matricules."""

import re
from dataclasses import dataclass
from typing import Final

from vaguemestre.mail.bal import BalKind

PROFESSIONAL_DOMAIN: Final = "cabinet.mssante.fr"
CITIZEN_DOMAIN: Final = "patient.mssante.fr"
CLINIC: Final = "clinique.mssante.example"
CITIZENS_THERE: Final = "patients.example.fr"


@dataclass(frozen=True, slots=True)
class Person:
    """One of them; ``kind`` is None for an address that leads to nobody, ``sector`` is the directory's."""

    address: str
    kind: BalKind | None
    sector: str | None = None

    @property
    def is_there(self) -> bool:
        """Whether his mailbox is at the other operator."""
        return self.address.endswith((CLINIC, CITIZENS_THERE))


CAST: Final[dict[str, Person]] = {
    "Claire": Person(f"claire.martin@{PROFESSIONAL_DOMAIN}", BalKind.PER),
    "Paul": Person(f"paul.durand@{PROFESSIONAL_DOMAIN}", BalKind.PER),
    "Sophie": Person(f"sophie.secretaire@{PROFESSIONAL_DOMAIN}", BalKind.PER),
    "service": Person(f"cardiologie@{PROFESSIONAL_DOMAIN}", BalKind.ORG),
    "laboratoire": Person(f"laboratoire@{PROFESSIONAL_DOMAIN}", BalKind.APP),
    "cabinet": Person(f"cabinet@{PROFESSIONAL_DOMAIN}", BalKind.CAB),
    "pharmacie": Person(f"pharmacie.du.port@{PROFESSIONAL_DOMAIN}", BalKind.ORG, "SA33"),
    "officine": Person(f"officine.des.quais@{CLINIC}", BalKind.ORG, "SA33"),
    "Dominique": Person(f"279035121518989@{CITIZEN_DOMAIN}", BalKind.CITIZEN),
    "Ruth": Person(f"277076322082910@{CITIZEN_DOMAIN}", BalKind.CITIZEN),
    "nouveau matricule": Person(f"277076322082910@{CITIZEN_DOMAIN}", None),
    "absent": Person(f"absent@{PROFESSIONAL_DOMAIN}", None),
    "patiente inconnue": Person(f"255069999999934@{CITIZEN_DOMAIN}", None),
    "matricule mal recopié": Person(f"279035121518988@{CITIZEN_DOMAIN}", None),
    "Anne": Person(f"anne.leroy@{CLINIC}", BalKind.PER),
    "Luc": Person(f"luc.bernard@{CLINIC}", BalKind.PER),
    "Camille": Person(f"191070000002243@{CITIZENS_THERE}", BalKind.CITIZEN),
    "confrère disparu": Person(f"disparu@{CLINIC}", None),
    "inconnu d'ailleurs": Person(f"255069999999934@{CITIZENS_THERE}", None),
    "étranger": Person("quelqu.un@ailleurs.example", None),
}

_NAMES: Final = "|".join(CAST)
LIST: Final = rf"(?:(?:,| et)? (?:à la |à l'|à une |à un |à |aux |au )(?:{_NAMES}))+"

_EACH: Final = re.compile(rf"(?:{_NAMES})")


def who(group: str = "who") -> str:
    """The pattern of one of them, in a group of that name."""
    return rf"(?:[LlUu](?:e|a|n|ne) |[Ll]')?(?P<{group}>{_NAMES})"


def named(text: str) -> list[Person]:
    """Everybody named in a list, in order."""
    return [CAST[name] for name in _EACH.findall(text)]
