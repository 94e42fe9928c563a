"""Extractions of the directory with meaningful defaults: fictitious people of a fictitious town."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from benchmarks.directory_file import COLUMNS

NAMES: Final = COLUMNS.split("|")
PUBLISHED: Final = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
FILE: Final = "Extraction_Correspondance_MSSante_202611220830.txt"
_DOCTOR: Final = {
    "Type de BAL": "PER",
    "Adresse BAL": "elodie.le-goff@medecin.mssante.example",
    "Type Identifiant PP": "8",
    "Identifiant PP": "10000000017",
    "Identification nationale PP": "810000000017",
    "Type identifiant structure": "FINESS",
    "Identification Structure": "690000013",
    "Civilité d'exercice": "DR",
    "Nom d'exercice": "LE GOFF",
    "Prénom d'exercice": "Élodie",
    "Libellé Profession": "Médecin",
    "Libellé savoir-faire": "Médecine générale",
    "Raison Sociale structure BAL": "CABINET LE GOFF",
    "L4NUMEROVOIE": "12",
    "NL4TYPEVOIE": "RUE",
    "L4LIBELLEVOIE": "DES LILAS",
    "L6LIGNEACHEMINEMENT": "29200 BREST",
    "Code postal": "29200",
    "Département": "Finistère",
    "Pays": "France",
}
_SERVICE: Final = {
    "Type de BAL": "ORG",
    "Adresse BAL": "cardiologie@chu-brest.mssante.example",
    "Type identifiant structure": "FINESS",
    "Identification Structure": "290000017",
    "Service de rattachement": "CARDIOLOGIE",
    "Raison Sociale structure BAL": "CHU DE BREST",
    "L6LIGNEACHEMINEMENT": "29200 BREST",
    "Code postal": "29200",
    "Département": "Finistère",
    "Pays": "France",
}


def a_doctor(address: str = "", **changes: str) -> str:
    """Her line; ``changes`` by shortened names of columns: ``nom``, ``prenom``, ``rpps``, ``structure``."""
    return _line(_DOCTOR, address, changes)


def a_service(address: str = "", **changes: str) -> str:
    """The line of a hospital's service."""
    return _line(_SERVICE, address, changes)


def a_file(folder: Path, lines: Sequence[str], name: str = FILE, header: str = COLUMNS) -> Path:
    """A file of them."""
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in (header, *lines)), encoding="utf-8", newline="")
    return path


_SHORT: Final = {
    "nom": "Nom d'exercice",
    "prenom": "Prénom d'exercice",
    "rpps": "Identifiant PP",
    "structure": "Identification Structure",
    "raison": "Raison Sociale structure BAL",
    "enseigne": "Enseigne commerciale structure BAL",
    "ville": "L6LIGNEACHEMINEMENT",
    "kind": "Type de BAL",
}


def _line(defaults: Mapping[str, str], address: str, changes: Mapping[str, str]) -> str:
    told = {**defaults, **{_SHORT[name]: text for name, text in changes.items()}}
    if address:
        told["Adresse BAL"] = address
    return "|".join(told.get(name, "") for name in NAMES)
