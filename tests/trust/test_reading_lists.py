"""What is read of a list that is signed as it should be. domain.md §6."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.support.builders import NOON
from tests.support.trust_lists import (
    A_HOSPITAL,
    a_signed_list,
    an_entry,
    an_unsigned_list,
    fault_of,
    operators_of,
    pinned_by,
    signed,
)

from vaguemestre.mail.distinguished_name import parse_name
from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.ports.trust_list import ListFault, TrustListRefused, VerifiedList
from vaguemestre.service.trust.subjects import subject_of
from vaguemestre.trust.reader import read_list

NORTH = an_entry("nord.mssante.fr", A_HOSPITAL[1])


def read(pki: HealthPki, octets: bytes) -> VerifiedList:
    return read_list(octets, pinned_by(pki), NOON, fresh=True)


def with_entries(pki: HealthPki, *entries: str) -> bytes:
    return signed(an_unsigned_list([A_HOSPITAL], NOON, "".join(entries)), pki.shown("list-signer"))


def test_a_certificate_is_found_by_what_the_list_writes_of_it(health_pki: HealthPki) -> None:
    pairs = operators_of(health_pki, operator="Hopital.MSSante.fr", citizen_operator="patient.mssante.fr")
    found = read(health_pki, a_signed_list(health_pki, [*pairs, *pairs], NOON))
    ours = found.trust_list
    hospital, citizens = (
        subject_of(health_pki.shown(name).read) for name in ("operator", "citizen-operator")
    )
    assert ours.generated_at == NOON
    assert len(ours) == 2
    assert ours.accepts("hopital.mssante.fr", hospital)
    assert not ours.accepts("hopital.mssante.fr", citizens)
    assert ours.domains_of(citizens) == {"patient.mssante.fr"}
    assert found.skipped == ()
    (entry,) = ours.entries_of("HOPITAL.mssante.fr")
    assert entry.domain == "Hopital.MSSante.fr"
    assert entry.description == "Domaine de messagerie MSSanté (fictif)"
    assert entry.updated_at == datetime(2026, 6, 7, 10, 24, 42, tzinfo=UTC)


def test_names_in_quotes_and_with_signs_are_those_of_certificates(health_pki: HealthPki) -> None:
    written = [
        "CN=a.fr,O=\"CHU  NORD, SITE 'A'\",C=FR",
        'CN=b.fr,O=CENTRE "PAUL",C=FR',
        "CN=c.fr,O=A & <B>,C=FR",
    ]
    found = read(health_pki, a_signed_list(health_pki, [("a.fr", name) for name in written], NOON))
    assert found.trust_list.accepts("a.fr", parse_name("C=FR,O=CHU NORD\\, SITE 'A',CN=A.FR"))
    assert found.trust_list.accepts("a.fr", parse_name(written[1]))
    assert found.trust_list.accepts("a.fr", parse_name("CN=c.fr,O=A & <B>,C=FR"))


@pytest.mark.parametrize(
    ("entry", "domain"),
    [
        (an_entry("pas un domaine", A_HOSPITAL[1]), "pas un domaine"),
        (an_entry("", A_HOSPITAL[1]), ""),
        (an_entry("nord.mssante.fr", "HOPITAL NORD"), "nord.mssante.fr"),
        (an_entry("nord.mssante.fr", ""), "nord.mssante.fr"),
        (an_entry("nord.mssante.fr", "CN=a,INCONNU=b,C=FR"), "nord.mssante.fr"),
        ("<Domaine><Nom>nord.mssante.fr</Nom></Domaine>", "nord.mssante.fr"),
        ("<Domaine/>", ""),
        (NORTH.replace("<Nom>", "<Nom>sud.mssante.fr</Nom><Nom>"), "sud.mssante.fr"),
        (NORTH.replace("nord", "<b>nord</b>"), ""),
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_understood_is_skipped_and_told(
    health_pki: HealthPki, entry: str, domain: str
) -> None:
    found = read(health_pki, with_entries(health_pki, entry))
    assert found.trust_list.domains() == ("hopital.mssante.fr",)
    assert [skipped.domain for skipped in found.skipped] == [domain]
    assert found.skipped[0].reason


def test_more_than_a_slip_is_another_format(health_pki: HealthPki) -> None:
    octets = with_entries(health_pki, "<Domaine/>", "<Domaine/>")
    assert fault_of(health_pki, octets, NOON) is ListFault.MALFORMED


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("<DateDeGeneration>2026", "<DateDeGeneration>le 22/11/2026 "),
        ("<DateDeGeneration>", "<DateDeGeneration>2026-11-22T11:00:00Z</DateDeGeneration><DateDeGeneration>"),
        ("DateDeGeneration>", "Date>"),
        ("<Domaine>", "<Autre>"),
        ("ListeDomaines>", "Liste>"),
    ],
)
def test_what_is_signed_and_no_list_is_refused(health_pki: HealthPki, part: str, other: str) -> None:
    octets = an_unsigned_list([A_HOSPITAL], NOON).decode().replace(part, other)
    octets = octets.replace("</Domaine>", "</Autre>") if other == "<Autre>" else octets
    good = signed(octets.encode(), health_pki.shown("list-signer"))
    assert fault_of(health_pki, good, NOON) is ListFault.MALFORMED


def test_entries_of_another_namespace_are_none_of_it(health_pki: HealthPki) -> None:
    other = an_entry("evil.example", A_HOSPITAL[1]).replace("<Domaine>", '<Domaine xmlns="urn:x">')
    assert read(health_pki, with_entries(health_pki, other)).trust_list.domains() == ("hopital.mssante.fr",)


def test_a_root_of_another_namespace_is_refused(health_pki: HealthPki) -> None:
    octets = an_unsigned_list([A_HOSPITAL], NOON).replace(b"https://listeblanche", b"http://listeblanche")
    assert fault_of(health_pki, signed(octets, health_pki.shown("list-signer")), NOON) is ListFault.UNREADABLE


def test_elements_that_are_not_known_are_passed_over(health_pki: HealthPki) -> None:
    entry = NORTH.replace("<Nom>", "<Nouveau><a/></Nouveau><Nom>")
    assert read(health_pki, with_entries(health_pki, entry)).trust_list.lists("nord.mssante.fr")


def test_a_reference_without_canonicalisation_of_its_own_covers_the_whole_too(health_pki: HealthPki) -> None:
    octets = signed(an_unsigned_list([A_HOSPITAL], NOON), health_pki.shown("list-signer"), plain=True)
    assert octets.count(b"<ds:Transform ") == 1
    assert b"enveloped-signature" in octets
    assert fault_of(health_pki, octets, NOON) is None
    assert fault_of(health_pki, octets.replace(b"hopital", b"pirate."), NOON) is ListFault.SIGNATURE


def test_a_list_that_was_kept_outlives_its_signers_certificate(health_pki: HealthPki) -> None:
    ends = health_pki.shown("list-signer").read.not_valid_after_utc
    octets = a_signed_list(health_pki, [A_HOSPITAL], ends - timedelta(days=1))
    pinned, later = pinned_by(health_pki), ends + timedelta(days=1)
    assert read_list(octets, pinned, later, fresh=False).signed_until == ends
    with pytest.raises(TrustListRefused, match="expired on"):
        read_list(octets, pinned, later, fresh=True)
