"""The right signer, by methods that can be broken or that see less: refused by name. domain.md §6."""

import pytest
from tests.support.builders import NOON
from tests.support.trust_lists import A_HOSPITAL, an_unsigned_list, fault_of, signed

from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.ports.trust_list import ListFault


@pytest.mark.parametrize(
    ("method", "digest", "canonical"),
    [
        ("rsa-sha1", "sha256", "http://www.w3.org/2001/10/xml-exc-c14n#"),
        ("rsa-sha256", "sha1", "http://www.w3.org/2001/10/xml-exc-c14n#"),
        ("rsa-sha1", "sha1", "http://www.w3.org/2001/10/xml-exc-c14n#"),
        ("rsa-sha512", "sha512", "http://www.w3.org/2001/10/xml-exc-c14n#"),
        ("sha256-rsa-MGF1", "sha256", "http://www.w3.org/2001/10/xml-exc-c14n#"),
        ("rsa-sha256", "sha256", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"),
        ("rsa-sha256", "sha256", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
    ],
)
def test_other_methods_are_refused(health_pki: HealthPki, method: str, digest: str, canonical: str) -> None:
    shown = health_pki.shown("list-signer")
    octets = signed(
        an_unsigned_list([A_HOSPITAL], NOON), shown, method=method, digest=digest, canonical=canonical
    )
    assert fault_of(health_pki, octets, NOON) is ListFault.SIGNATURE


def test_the_signers_public_key_taken_for_a_shared_secret_is_refused(health_pki: HealthPki) -> None:
    octets = signed(an_unsigned_list([A_HOSPITAL], NOON), health_pki.shown("list-signer"))
    named = octets.replace(b"rsa-sha256", b"hmac-sha256")
    assert fault_of(health_pki, named, NOON) is ListFault.SIGNATURE
