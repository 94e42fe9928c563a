"""The people of the cases, by the words the page uses for them. All fictitious, with matricules of nobody.

Cases that share servers have people of their own: ``recast`` gives everybody addresses for one case.
"""

import re
from dataclasses import dataclass, replace
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

_AS_WRITTEN: Final = dict(CAST)


def recast(case: int) -> None:
    """From now on whoever has a mailbox has it at an address of that case; 0: at the one written above."""
    for name, person in _AS_WRITTEN.items():
        CAST[name] = person if case == 0 or person.kind is None else _of_case(person, person.kind, case)


def _of_case(person: Person, kind: BalKind, case: int) -> Person:
    local, _, domain = person.address.partition("@")
    own = _matricule(local[:5], case) if kind is BalKind.CITIZEN else f"{local}.{case}"
    return replace(person, address=f"{own}@{domain}")


def _matricule(born: str, case: int) -> str:
    """Born in no department at all: nobody has it. The key as in domain.md §2."""
    number = f"{born}00000{case:03}"
    return f"{number}{97 - int(number) % 97:02}"


_NAMES: Final = "|".join(CAST)
LIST: Final = rf"(?:(?:,| et)? (?:à la |à l'|à une |à un |à |aux |au )(?:{_NAMES}))+"

OF: Final = r"d(?:e la |e l'|e |u )"

_EACH: Final = re.compile(rf"(?:{_NAMES})")


def who(group: str = "who") -> str:
    """The pattern of one of them, in a group of that name."""
    return rf"(?:[LlUu](?:e|a|n|ne) |[Ll]')?(?P<{group}>{_NAMES})"


def named(text: str) -> list[Person]:
    """Everybody named in a list, in order."""
    return [CAST[name] for name in _EACH.findall(text)]
