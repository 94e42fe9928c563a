"""A list without its signature, as one was published once: refused. domain.md §6."""

from tests.support.builders import NOON
from tests.support.trust_lists import A_HOSPITAL, a_signed_list, an_unsigned_list, fault_of

from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.ports.trust_list import ListFault


def test_a_list_without_signature_is_refused(health_pki: HealthPki) -> None:
    assert fault_of(health_pki, an_unsigned_list([A_HOSPITAL], NOON), NOON) is ListFault.UNSIGNED


def test_a_signature_without_its_value_is_refused(health_pki: HealthPki) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    begins, ends = good.index(b"<ds:SignatureValue>"), good.index(b"<ds:KeyInfo>")
    assert fault_of(health_pki, good, NOON) is None
    assert fault_of(health_pki, good[:begins] + good[ends:], NOON) is ListFault.SIGNATURE


def test_a_signature_by_nobody_is_refused(health_pki: HealthPki) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    begins, ends = good.index(b"<ds:X509Data>"), good.index(b"</ds:KeyInfo>")
    assert fault_of(health_pki, good[:begins] + good[ends:], NOON) is ListFault.SIGNER
