"""Settings of a house with its console that takes a signed trust list from a file."""

from pathlib import Path

from tests.support.trust_lists import Pairs, a_signed_list, pinned_by
from tests.support.world import FakeClock

from vaguemestre.net.health_pki import make_health_pki
from vaguemestre.settings.sample import Chosen


def a_trust_list(folder: Path, pairs: Pairs) -> Chosen:
    """Made when the house's clock begins."""
    pki = make_health_pki(folder / "pki", FakeClock().now())
    pki.publish(FakeClock().now())
    pinned, published = pinned_by(pki), folder / "published.xml"
    published.write_bytes(a_signed_list(pki, pairs, FakeClock().now()))
    return {
        ("trust", "path"): str(published),
        ("trust", "signer_authorities"): str(pki.authorities),
        ("trust", "signer_subject"): str(pinned.subject),
        ("trust", "signer_issuer"): str(pinned.issuer),
    }
