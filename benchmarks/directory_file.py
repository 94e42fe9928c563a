"""A fictitious extraction of the directory, of the size and shape of the public one.

Everybody in it is drawn by lot, always the same; RPPS numbers satisfy Luhn's check, domains end in
``.mssante.example``. Of 535,000 rows 80,000 are ORG and some 170 addresses stand on several rows.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stdnum import luhn

from vaguemestre.mail.folding import folded

COLUMNS: Final = (
    "Type de BAL|Adresse BAL|Type Identifiant PP|Identifiant PP|Identification nationale PP|"
    "Type identifiant structure|Identification Structure|Service de rattachement|Civilité d'exercice|"
    "Nom d'exercice|Prénom d'exercice|Catégorie profession|Libellé de catégorie profession|Code Profession|"
    "Libellé Profession|Code savoir-faire|Libellé savoir-faire|Dématérialisation|"
    "Raison Sociale structure BAL|Enseigne commerciale structure BAL|L2COMPLEMENTLOCALISATION|"
    "L3COMPLEMENTDISTRIBUTION|L4NUMEROVOIE|L4COMPLEMENTNUMEROVOIE|NL4TYPEVOIE|L4LIBELLEVOIE|"
    "L5LIEUDITMENTION|L6LIGNEACHEMINEMENT|Code postal|Département|Pays"
)
ROWS: Final = 535_000
_ORG_EVERY: Final = 7
_TWICE_EVERY: Final = 3_150
_FAMILY: Final = ("MARTIN", "BERNARD", "LE GOFF", "NGUYEN", "DURAND-ROUX", "GARCÍA", "ÉTIENNE", "FAURE")
_GIVEN: Final = ("Claire", "Jean-Paul", "Élodie", "Mehdi", "Zoé", "Anne", "François", "Inès", "Loïc", "Paul")
_TRADES: Final = (
    ("10", "Médecin", "SM54", "Médecine générale"),
    ("10", "Médecin", "SM04", "Cardiologie et maladies vasculaires"),
    ("60", "Infirmier", "", ""),
    ("70", "Masseur-Kinésithérapeute", "", ""),
    ("21", "Pharmacien", "", ""),
    ("50", "Sage-Femme", "", ""),
    ("40", "Chirurgien-Dentiste", "", ""),
)
_TOWNS: Final = (
    ("69003", "LYON", "Rhône"),
    ("29200", "BREST", "Finistère"),
    ("42000", "SAINT-ÉTIENNE", "Loire"),
)
_STREETS: Final = ("DE LA RÉPUBLIQUE", "VICTOR HUGO", "DES LILAS", "DU GÉNÉRAL DE GAULLE")
_SYLLABLES: Final = (
    "ba",
    "cor",
    "del",
    "fan",
    "gue",
    "lin",
    "mor",
    "net",
    "pa",
    "ril",
    "son",
    "ti",
    "val",
    "ver",
)


def lines(rows: int) -> Iterator[str]:
    """The header, then so many rows, each with its end."""
    lot = random.Random(535)  # noqa: S311 (nothing is kept secret by it)
    yield f"{COLUMNS}\n"
    previous = ""
    for number in range(rows):
        if previous and number % _TWICE_EVERY == 0:
            yield previous  # the same mailbox, listed once more
            continue
        previous = _organisation(lot, number) if number % _ORG_EVERY == 0 else _person(lot, number)
        yield previous


def write(path: Path, rows: int = ROWS) -> None:
    """Into a file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(lines(rows))


def rpps(number: int) -> str:
    """The number of the person of that row: eleven digits with Luhn's check."""
    digits = f"{1_000_000_000 + number}"
    return f"{digits}{luhn.calc_check_digit(digits)}"


def finess(number: int) -> str:
    """The number of the structure of that row: nine digits with Luhn's check."""
    digits = f"{69_000_000 + number}"[:8].rjust(8, "0")
    return f"{digits}{luhn.calc_check_digit(digits)}"


def _surname(lot: random.Random) -> str:
    if lot.random() < 0.2:
        return lot.choice(_FAMILY)
    return "".join(lot.choices(_SYLLABLES, k=3)).upper()


def _where(lot: random.Random) -> tuple[str, ...]:
    code, town, department = lot.choice(_TOWNS)
    if lot.random() < 0.9:
        code = f"{lot.randrange(1000, 95900):05d}"
        town = f"{'SAINT-' if lot.random() < 0.2 else ''}{''.join(lot.choices(_SYLLABLES, k=2)).upper()}"
    street = lot.choice(_STREETS)
    return (
        "",
        "",
        str(lot.randrange(1, 200)),
        "",
        "RUE",
        street,
        "",
        f"{code} {town}",
        code,
        department,
        "France",
    )


def _person(lot: random.Random, number: int) -> str:
    family, given = _surname(lot), lot.choice(_GIVEN)
    local = f"{folded(given)}.{folded(family)}.{number}".replace(" ", "-")
    trade = lot.choice(_TRADES)
    fields = (
        "PER",
        f"{local}@{lot.choice(_SYLLABLES)}{lot.choice(_SYLLABLES)}.mssante.example",
        "8",
        rpps(number),
        f"8{rpps(number)}",
        "FINESS",
        finess(number),
        "",
        "DR",
        family,
        given,
        "C",
        "Civil",
        *trade,
        "O",
        f"CABINET {family}",
        "",
    )
    return "|".join((*fields, *_where(lot))) + "\n"


def _organisation(lot: random.Random, number: int) -> str:
    name = "".join(lot.choices(_SYLLABLES, k=3)).upper()
    fields = (
        "ORG",
        f"secretariat.{number}@chu-{name.lower()}.mssante.example",
        "",
        "",
        "",
        "FINESS",
        finess(number),
        lot.choice(("CARDIOLOGIE", "URGENCES", "SECRÉTARIAT", "")),
        *[""] * 9,
        "O",
        f"CENTRE HOSPITALIER {name}",
        "",
    )
    return "|".join((*fields, *_where(lot))) + "\n"
