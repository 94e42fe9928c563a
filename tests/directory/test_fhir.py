"""The directory as FHIR resources: mailboxes, rank, sector; unlisted ones stay out. domain.md §7."""

import json
from pathlib import Path

import pytest

from vaguemestre.directory.importing import Terms, import_from
from vaguemestre.directory.source import source_at
from vaguemestre.directory.sqlite_file import SqlitePlace
from vaguemestre.directory.sqlite_reader import SqliteDirectory
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.listing import preferred
from vaguemestre.service.ports.directory import DirectoryRefused, Imported

METADATA = "https://interop.esante.gouv.fr/ig/fhir/annuaire/StructureDefinition/as-ext-mailbox-mss-metadata"
SECTORS = "https://mos.esante.gouv.fr/NOS/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite"
TYPES = "https://mos.esante.gouv.fr/NOS/TRE_R257-TypeBAL/FHIR/TRE-R257-TypeBAL"


def a_mailbox(address: str, kind: str, rank: int | None = None, **parts: object) -> dict[str, object]:
    concept = {"coding": [{"system": TYPES, "code": kind}]}
    told: list[dict[str, object]] = [{"url": "type", "valueCodeableConcept": concept}]
    for name, value in parts.items():
        told.append({"url": name, "valueBoolean" if isinstance(value, bool) else "valueString": value})
    ranked = {} if rank is None else {"rank": rank}
    extension = [{"url": METADATA, "extension": told}]
    return {"system": "email", "value": address, **ranked, "extension": extension}


def a_practitioner(*mailboxes: dict[str, object]) -> dict[str, object]:
    return {
        "resourceType": "Practitioner",
        "identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "810000000017"}],
        "name": [{"family": "LE GOFF", "given": ["Élodie"]}],
        "telecom": [{"system": "phone", "value": "0200000000"}, *mailboxes],
    }


def a_pharmacy(*mailboxes: dict[str, object]) -> dict[str, object]:
    return {
        "resourceType": "Organization",
        "identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.2", "value": "1290000017"}],
        "type": [{"coding": [{"system": SECTORS, "code": "SA33"}]}],
        "name": "PHARMACIE DU PORT",
        "address": [{"line": ["1 QUAI DU PORT"], "postalCode": "29200", "city": "BREST"}],
        "telecom": list(mailboxes),
    }


def a_role(*mailboxes: dict[str, object]) -> dict[str, object]:
    name = {"url": "https://x/practitionerRole-name", "valueHumanName": {"family": "ROUX", "given": ["Zoé"]}}
    return {
        "resourceType": "PractitionerRole",
        "code": [{"coding": [{"code": "10", "display": "Médecin"}]}],
        "organization": {"identifier": {"system": "urn:oid:1.2.250.1.71.4.2.2", "value": "1290000025"}},
        "extension": [name],
        "telecom": list(mailboxes),
    }


EVERYTHING: list[dict[str, object]] = [
    a_practitioner(a_mailbox("second@x.fr", "PER", 2), a_mailbox("first@x.fr", "PER", 1, listeRouge=False)),
    a_practitioner(a_mailbox("hidden@x.fr", "PER", 1, listeRouge=True)),
    a_pharmacy(a_mailbox("pharmacie@x.fr", "ORG", service="COMPTOIR", description="BAL principale")),
    a_role(a_mailbox("zoe@x.fr", "CAB")),
    {"resourceType": "OrganizationAffiliation", "telecom": None},
]


def imported(folder: Path, octets: bytes, name: str) -> Imported:
    path = folder / name
    path.write_bytes(octets)
    place, sectors = SqlitePlace(folder / "directory.db"), {"290000025": "SA08"}
    return import_from(source_at(path), place, Terms(), lambda _read, _size: None, sectors)


def lines(resources: list[dict[str, object]]) -> bytes:
    return "".join(f"{json.dumps(resource)}\n" for resource in resources).encode()


def a_bundle(resources: list[dict[str, object]]) -> bytes:
    entries = [{"resource": resource} for resource in resources]
    return json.dumps({"resourceType": "Bundle", "entry": entries}, indent=1).encode()


@pytest.mark.parametrize("form", ["lines", "bundle"])
async def test_mailboxes_are_read_with_rank_and_sector(tmp_path: Path, form: str) -> None:
    octets = lines(EVERYTHING) if form == "lines" else a_bundle(EVERYTHING)
    result = imported(tmp_path, octets, "mailboxes.ndjson" if form == "lines" else "mailboxes.json")
    assert (result.state.rows, result.skipped) == (4, 0)
    directory = SqliteDirectory(tmp_path / "directory.db")
    hers = await directory.numbered("10000000017", 9)
    assert [listing.rank for listing in hers] == [1, 2]
    chosen = preferred(hers)
    assert chosen is not None
    assert (str(chosen.address), chosen.name) == ("first@x.fr", "Élodie LE GOFF")
    assert directory.listings(parse_address("hidden@x.fr")) == []
    (pharmacy,) = directory.listings(parse_address("pharmacie@x.fr"))
    assert (pharmacy.sector, pharmacy.finess, pharmacy.place) == ("SA33", "290000017", "29200 BREST")
    assert (pharmacy.name, pharmacy.description) == ("PHARMACIE DU PORT - COMPTOIR", "BAL principale")
    (role,) = directory.listings(parse_address("zoe@x.fr"))
    assert (role.name, role.profession, role.sector) == ("Zoé ROUX", "Médecin", "SA08")
    directory.close()


def test_mailboxes_that_are_none_are_counted(tmp_path: Path) -> None:
    good = [a_practitioner(a_mailbox(f"dr.{number}@x.fr", "PER")) for number in range(98)]
    bad = [a_role(a_mailbox("not an address", "PER")), a_role(a_mailbox("a@x.fr", "OTHER"))]
    result = imported(tmp_path, lines([*good, *bad]), "mailboxes.ndjson")
    assert (result.state.rows, result.skipped) == (98, 2)


@pytest.mark.parametrize(
    ("octets", "sentence"),
    [
        (lines(EVERYTHING)[:-20], "cut"),
        (a_bundle(EVERYTHING)[:-20], "neither"),
        (b"[1, 2]", "neither"),
        (b"\xff\xfe", "UTF-8"),
        (b"{}\n", "name no mailbox|mailboxes"),
    ],
)
def test_a_cut_file_is_refused(tmp_path: Path, octets: bytes, sentence: str) -> None:
    path = tmp_path / "mailboxes.ndjson"
    path.write_bytes(octets)
    with pytest.raises(DirectoryRefused, match=sentence):
        import_from(source_at(path), SqlitePlace(tmp_path / "d.db"), Terms(), lambda _r, _s: None, {})
