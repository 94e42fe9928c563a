"""Entities that expand to gigabytes, and elements without end: refused at their first word. domain.md §6."""

import pytest
from tests.support.builders import NOON
from tests.support.trust_lists import A_HOSPITAL, a_signed_list, fault_of, pinned_by

from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.ports.trust_list import ListFault
from vaguemestre.trust.outline import LARGEST

_LAUGHS = b"".join(b'<!ENTITY a%d "%s">' % (i + 1, b"&a%d;" % i * 10) for i in range(9))
BOMB = b'<!DOCTYPE ListeBlancheMSSante [<!ENTITY a0 "ha">' + _LAUGHS + b"]>"


def test_a_document_type_is_refused_whatever_it_declares(health_pki: HealthPki) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    head, _, rest = good.partition(b"<Liste")
    for declared in (
        BOMB,
        b"<!DOCTYPE ListeBlancheMSSante>",
        b"<!DOCTYPE x SYSTEM 'http://127.0.0.1:1/x.dtd'>",
    ):
        octets = head + declared + b"<Liste" + rest.replace(b"hopital.mssante.fr", b"&a9;.fr")
        assert fault_of(health_pki, octets, NOON) is ListFault.UNREADABLE


def test_an_entity_of_nowhere_is_refused(health_pki: HealthPki) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    assert fault_of(health_pki, good.replace(b"hopital", b"&a;"), NOON) is ListFault.UNREADABLE


@pytest.mark.parametrize("deep", [20, 100_000])
def test_elements_inside_elements_end_somewhere(health_pki: HealthPki, deep: int) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    nest = b"<Nom>" * deep + b"</Nom>" * deep
    assert fault_of(health_pki, good.replace(b"<Nom>", nest + b"<Nom>"), NOON) is ListFault.UNREADABLE


def test_a_list_larger_than_any_is_not_looked_at(health_pki: HealthPki) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    octets = good.replace(b"<ListeDomaines>", b" " * LARGEST + b"<ListeDomaines>")
    assert fault_of(health_pki, octets, NOON) is ListFault.UNREADABLE


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1", "UTF-7", "windows-1252", "x-none"])
def test_other_encodings_are_not_read(health_pki: HealthPki, encoding: str) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON).decode()
    octets = good.replace("UTF-8", encoding, 1)
    written = octets.encode("utf-16") if encoding == "UTF-16" else octets.encode()
    assert fault_of(health_pki, written, NOON) is ListFault.UNREADABLE
    assert pinned_by(health_pki).authorities
