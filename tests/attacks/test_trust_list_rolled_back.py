"""An old list played again, so that who was taken out is in again: refused. domain.md §6."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.builders import NOON
from tests.support.trust_lists import A_HOSPITAL, a_kept_trust

from vaguemestre.net.health_pki import HealthPki
from vaguemestre.service.ports.trust_list import ListFault, TrustListRefused

EXPELLED = ("pirate.mssante.fr", "CN=mss.pirate.example,OU=399999999900099,O=PIRATE,C=FR")


async def test_a_list_older_than_the_one_held_is_refused(health_pki: HealthPki, tmp_path: Path) -> None:
    kept = a_kept_trust(health_pki, tmp_path)
    old = kept.publish(A_HOSPITAL, EXPELLED, at=NOON - timedelta(hours=2))
    await kept.keeping.refresh()
    new = kept.publish(A_HOSPITAL, at=NOON - timedelta(hours=1))
    await kept.keeping.refresh()
    kept.put(old)
    with pytest.raises(TrustListRefused) as caught:
        await kept.keeping.refresh()
    assert caught.value.fault is ListFault.ROLLED_BACK
    assert not kept.keeping.space.lists("pirate.mssante.fr")
    assert kept.kept.read_bytes() == new

    again = a_kept_trust(health_pki, tmp_path)
    await again.keeping.begin()
    with pytest.raises(TrustListRefused) as caught:
        await again.keeping.refresh()
    assert caught.value.fault is ListFault.ROLLED_BACK


async def test_a_list_that_is_too_old_is_refused_by_who_holds_none(
    health_pki: HealthPki, tmp_path: Path
) -> None:
    kept = a_kept_trust(health_pki, tmp_path)
    kept.publish(A_HOSPITAL, EXPELLED)
    kept.clock.moment += timedelta(days=14, seconds=1)
    with pytest.raises(TrustListRefused) as caught:
        await kept.keeping.refresh()
    assert caught.value.fault is ListFault.OLD
    assert not kept.kept.exists()


async def test_an_old_list_on_the_shelf_does_not_take_the_place_of_a_newer(
    health_pki: HealthPki, tmp_path: Path
) -> None:
    kept = a_kept_trust(health_pki, tmp_path)
    old = kept.publish(A_HOSPITAL, EXPELLED, at=NOON - timedelta(hours=2))
    await kept.keeping.refresh()
    kept.publish(A_HOSPITAL)
    await kept.keeping.refresh()
    kept.kept.unlink()
    kept.kept.write_bytes(old)
    await kept.keeping.run_once(1)
    assert not kept.keeping.space.lists("pirate.mssante.fr")
