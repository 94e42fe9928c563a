"""Signatures that hold, by somebody else: the certificate that a list brings proves nothing. domain.md §6."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.builders import NOON
from tests.support.trust_lists import A_HOSPITAL, a_signed_list, an_unsigned_list, fault_of, signed

from vaguemestre.net.health_pki import HealthPki, make_health_pki
from vaguemestre.service.ports.trust_list import ListFault


def test_the_same_names_by_another_authority_are_refused(health_pki: HealthPki, tmp_path: Path) -> None:
    false = make_health_pki(tmp_path / "pki", NOON)
    assert fault_of(false, a_signed_list(false, [A_HOSPITAL], NOON), NOON) is None
    assert fault_of(health_pki, a_signed_list(false, [A_HOSPITAL], NOON), NOON) is ListFault.SIGNER


@pytest.mark.parametrize("name", ["operator", "citizen-operator", "app", "revoked"])
def test_another_holder_of_the_right_authority_is_refused(health_pki: HealthPki, name: str) -> None:
    octets = signed(an_unsigned_list([A_HOSPITAL], NOON), health_pki.shown(name))
    assert fault_of(health_pki, octets, NOON) is ListFault.SIGNER


def test_the_right_certificate_beside_anothers_signature_is_refused(health_pki: HealthPki) -> None:
    right, wrong = (
        signed(an_unsigned_list([A_HOSPITAL], NOON), health_pki.shown(name))
        for name in ("list-signer", "operator")
    )
    certificate = right[right.index(b"<ds:KeyInfo>") : right.index(b"</ds:Signature>")]
    swapped = wrong[: wrong.index(b"<ds:KeyInfo>")] + certificate + wrong[wrong.index(b"</ds:Signature>") :]
    assert fault_of(health_pki, swapped, NOON) is ListFault.SIGNATURE


def test_a_certificate_that_has_ended_or_not_begun_is_refused(health_pki: HealthPki) -> None:
    ends = health_pki.shown("list-signer").read.not_valid_after_utc
    for moment in (ends + timedelta(seconds=1), NOON - timedelta(days=2)):
        octets = a_signed_list(health_pki, [A_HOSPITAL], moment)
        assert fault_of(health_pki, octets, moment) is ListFault.SIGNER


def test_a_list_from_before_the_end_that_comes_afterwards_is_refused(health_pki: HealthPki) -> None:
    ends = health_pki.shown("list-signer").read.not_valid_after_utc
    octets = a_signed_list(health_pki, [A_HOSPITAL], ends - timedelta(days=1))
    assert fault_of(health_pki, octets, ends - timedelta(hours=1)) is None
    assert fault_of(health_pki, octets, ends + timedelta(hours=1)) is ListFault.SIGNER
