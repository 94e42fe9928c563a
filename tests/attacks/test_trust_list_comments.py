"""A comment in a name: the signature holds without it, and careless readers stop there. domain.md §6."""

import pytest
from tests.support.builders import NOON
from tests.support.trust_lists import A_HOSPITAL, a_signed_list, fault_of

from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.ports.trust_list import ListFault


@pytest.mark.parametrize("inserted", [b"<!-- -->", b"<?x?>", b"<![CDATA[]]><!---->"])
def test_names_that_are_cut_in_two_are_refused(health_pki: HealthPki, inserted: bytes) -> None:
    good = a_signed_list(health_pki, [("hopital.mssante.fr.evil.example", A_HOSPITAL[1])], NOON)
    octets = good.replace(b".fr.evil", b".fr" + inserted + b".evil")
    assert fault_of(health_pki, octets, NOON) is ListFault.UNREADABLE


def test_a_comment_before_the_list_is_no_matter(health_pki: HealthPki) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    assert fault_of(health_pki, good.replace(b"<Liste", b"<!-- published daily --><Liste", 1), NOON) is None
