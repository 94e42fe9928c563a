"""A list cut short, as one was published once: refused wherever it is cut. domain.md §6."""

from tests.support.builders import NOON
from tests.support.trust_lists import A_HOSPITAL, a_signed_list, fault_of

from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.ports.trust_list import ListFault


def test_a_list_without_its_closing_tag_is_refused(health_pki: HealthPki) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    without = good.removesuffix(b"</ListeBlancheMSSante>")
    assert without != good
    assert fault_of(health_pki, without, NOON) is ListFault.UNREADABLE


def test_a_list_is_refused_wherever_it_is_cut(health_pki: HealthPki) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL] * 3, NOON)
    faults = {fault_of(health_pki, good[:cut], NOON) for cut in range(0, len(good), 7)}
    assert faults == {ListFault.UNREADABLE}


def test_a_list_whose_middle_is_missing_is_refused(health_pki: HealthPki) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL] * 3, NOON)
    begins = good.index(b"<Domaine>")
    ends = good.index(b"<Domaine>", begins + 1)
    assert fault_of(health_pki, good[:begins] + good[ends:], NOON) is ListFault.SIGNATURE


def test_octets_after_the_end_are_refused(health_pki: HealthPki) -> None:
    good = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    assert fault_of(health_pki, good + good, NOON) is ListFault.UNREADABLE
    assert fault_of(health_pki, good + b"\0", NOON) is ListFault.UNREADABLE
