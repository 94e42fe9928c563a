"""A large list is verified by a process of its own, with the same outcome. domain.md §6."""

from datetime import timedelta

import pytest
from tests.support.builders import NOON
from tests.support.trust_lists import A_HOSPITAL, a_signed_list, pinned_by

from vaguemestre.mail.distinguished_name import parse_name
from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.ports.trust_list import ListFault, TrustListRefused
from vaguemestre.trust.apart import ApartReader
from vaguemestre.trust.outline import LARGEST
from vaguemestre.trust.reader import read_list


async def test_what_the_process_reads_is_what_is_read_here(health_pki: HealthPki) -> None:
    pairs = [
        A_HOSPITAL,
        ("Nord.mssante.fr", 'CN=b,O="É, F",C=FR'),
        ("nord.mssante.fr", A_HOSPITAL[1]),
        ("?", "?"),
    ]
    octets = a_signed_list(health_pki, pairs, NOON)
    there = await ApartReader(pinned_by(health_pki), small=0).read(octets, NOON, fresh=True)
    here = read_list(octets, pinned_by(health_pki), NOON, fresh=True)
    for domain in here.trust_list.domains():
        assert there.trust_list.entries_of(domain) == here.trust_list.entries_of(domain)
    assert there.trust_list.domains() == here.trust_list.domains()
    assert there.trust_list.generated_at == here.trust_list.generated_at
    assert there.trust_list.accepts("nord.mssante.fr", parse_name("C=FR,O=É\\, F,CN=b"))
    assert (there.skipped, there.signer, there.signed_until) == (here.skipped, here.signer, here.signed_until)


async def test_what_the_process_refuses_is_refused_here(health_pki: HealthPki) -> None:
    octets = a_signed_list(health_pki, [A_HOSPITAL], NOON)
    with pytest.raises(TrustListRefused) as caught:
        await ApartReader(pinned_by(health_pki), small=0).read(octets[:-5], NOON, fresh=True)
    assert caught.value.fault is ListFault.UNREADABLE
    assert "list" in caught.value.sentence.en


async def test_what_is_larger_than_any_list_costs_no_process(health_pki: HealthPki) -> None:
    with pytest.raises(TrustListRefused) as caught:
        await ApartReader(pinned_by(health_pki)).read(b" " * (LARGEST + 1), NOON + timedelta(), fresh=True)
    assert caught.value.fault is ListFault.UNREADABLE
