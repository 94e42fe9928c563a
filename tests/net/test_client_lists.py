"""What is still to be said of a client's certificate after its handshake. RFC 5280 §6.3."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.support.client_pki import ClientAuthority

from vaguemestre.net.client_lists import ClientLists

SUBJECT = "CN=resultats,C=FR"


def der_of(path: Path) -> bytes:
    return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)


def test_revoked_and_not_and_of_another_authority(tmp_path: Path) -> None:
    authority = ClientAuthority(tmp_path)
    good, bad = authority.certificate(SUBJECT), authority.certificate(SUBJECT)
    (tmp_path / "other").mkdir()
    other = ClientAuthority(tmp_path / "other")
    stranger = other.certificate(SUBJECT)
    both = tmp_path / "both.crl"
    both.write_bytes(authority.revocations().read_bytes() + authority.revocations(bad).read_bytes())
    lists, now = ClientLists(both), datetime.now(UTC)
    assert lists.fault_in(der_of(good.path), now) is None
    assert lists.fault_in(der_of(bad.path), now) == "certificate revoked"
    # The test's authorities bear one name: what tells strangers apart is the handshake, not this.
    assert lists.fault_in(der_of(stranger.path), now) is None


def test_a_list_that_has_run_out_lets_nobody_in(tmp_path: Path) -> None:
    authority = ClientAuthority(tmp_path)
    shown = authority.certificate(SUBJECT)
    lists = ClientLists(authority.revocations())
    later = datetime.now(UTC) + timedelta(minutes=59)
    assert lists.fault_in(der_of(shown.path), later) is None
    assert ClientLists(None).fault_in(der_of(shown.path), later + timedelta(hours=1)) == "certificate expired"
    before_the_list = datetime.now(UTC) - timedelta(minutes=90)
    assert lists.fault_in(der_of(shown.path), before_the_list) == "no revocation list in force"
    assert ClientLists(None).fault_in(der_of(shown.path), before_the_list) is None


def test_what_is_no_list_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.crl"
    broken.write_bytes(b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")
    with pytest.raises(ValueError, match=r"."):
        ClientLists(broken)
