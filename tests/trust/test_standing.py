"""Nothing is taken from a signer who is revoked, or of whom nobody can say. domain.md §6, RFC 5280 §6.3."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from tests.support.builders import NOON
from tests.support.trust_lists import KeptTrust, a_kept_trust, pinned_by
from tests.support.world import FakeClock

from vaguemestre.net.authorities import Authorities
from vaguemestre.net.health_pki import HealthPki
from vaguemestre.net.issuing import make_list
from vaguemestre.net.revocation import RevocationLists
from vaguemestre.service.ports.trust_list import ListFault, TrustListRefused
from vaguemestre.trust.apart import ApartReader
from vaguemestre.trust.standing import StandingReader

DAYS = timedelta(days=30)


def revoked_by(pki: HealthPki, authority: str, *names: str) -> bytes:
    serials = [pki.shown(name).read.serial_number for name in names]
    made = make_list(pki.signer(authority), serials, 1, NOON - timedelta(hours=1), DAYS)
    return made.public_bytes(Encoding.PEM)


@pytest.fixture
def published(health_pki: HealthPki, tmp_path: Path) -> Path:
    """Where both authorities publish whom they have revoked: nobody of those that count here."""
    (tmp_path / "root.crl").write_bytes(revoked_by(health_pki, "root"))
    (tmp_path / "organisations.crl").write_bytes(revoked_by(health_pki, "organisations", "revoked"))
    return tmp_path


@pytest.fixture
def kept(health_pki: HealthPki, published: Path) -> KeptTrust:
    clock = FakeClock()
    sources = [str(published / name) for name in ("root.crl", "organisations.crl")]
    authorities = Authorities(health_pki.authorities)
    lists = RevocationLists(sources, published / "cache", lambda: authorities, clock.now)
    reader = StandingReader(ApartReader(pinned_by(health_pki)), lists, authorities)
    return a_kept_trust(health_pki, published, clock, reader=reader)


async def refused(kept: KeptTrust) -> TrustListRefused:
    with pytest.raises(TrustListRefused) as found:
        await kept.keeping.refresh()
    assert found.value.fault is ListFault.REVOKED
    return found.value


async def test_a_signer_in_good_standing_is_believed(kept: KeptTrust) -> None:
    kept.publish()
    assert (await kept.keeping.refresh()).found is not None


async def test_once_the_signer_is_revoked_the_last_good_list_stays(kept: KeptTrust, published: Path) -> None:
    first = kept.publish()
    await kept.keeping.refresh()
    (published / "organisations.crl").write_bytes(revoked_by(kept.pki, "organisations", "list-signer"))
    kept.clock.moment += timedelta(hours=2)
    kept.publish(("pirate.mssante.fr", "CN=pirate.example,O=PIRATE,C=FR"))
    assert "which certificate signs it now" in (await refused(kept)).sentence.en
    assert kept.kept.read_bytes() == first
    space = kept.keeping.space
    assert space.lists("hopital.mssante.fr")
    assert not space.lists("pirate.mssante.fr")


async def test_a_restart_takes_what_was_kept_without_asking(kept: KeptTrust, published: Path) -> None:
    kept.publish()
    await kept.keeping.refresh()
    (published / "organisations.crl").unlink()
    await kept.keeping.load()
    assert kept.keeping.space.is_current


async def test_nobody_can_say_is_no(kept: KeptTrust, published: Path) -> None:
    (published / "organisations.crl").unlink()
    kept.publish()
    assert "signer_revocations" in (await refused(kept)).sentence.en
    (published / "organisations.crl").write_bytes(revoked_by(kept.pki, "organisations"))
    assert (await kept.keeping.refresh()).found is not None


async def test_an_authority_of_the_signer_may_be_revoked_too(kept: KeptTrust, published: Path) -> None:
    above = kept.pki.signer("organisations").certificate
    made = make_list(kept.pki.signer("root"), [above.serial_number], 2, NOON - timedelta(hours=1), DAYS)
    (published / "root.crl").write_bytes(made.public_bytes(Encoding.PEM))
    kept.publish()
    await refused(kept)
