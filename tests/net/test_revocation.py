"""Revocation lists are fetched, verified and kept; an OCSP responder is asked. RFC 5280 §5, RFC 6960 §2."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from structlog.testing import capture_logs
from tests.support.operator_tls import Answering, Hands, health_pki, operator_tls, published, strangers

from vaguemestre.net.authorities import Authorities
from vaguemestre.net.issuing import make_list
from vaguemestre.net.ocsp import Responder
from vaguemestre.net.operators import Fault, OperatorTls, PeerRefused
from vaguemestre.net.revocation import ListRefused, RevocationLists, verified_list

DAY = timedelta(days=1)


@pytest.fixture
def now() -> Hands:
    return Hands()


@pytest.fixture
def pages() -> dict[str, bytes]:
    """What the authorities publish."""
    return {f"/{path.name}": path.read_bytes() for path in health_pki().lists}


@pytest.fixture
def address(pages: dict[str, bytes]) -> Iterator[str]:
    with published(pages) as found:
        yield found


def lists_at(address: str, folder: Path, now: Hands) -> RevocationLists:
    sources = [f"{address}/{path.name}" for path in health_pki().lists]
    return RevocationLists(sources, folder, lambda: Authorities(health_pki().authorities), now)


def a_list(
    now: Hands, *serials: int, number: int = 1, valid: timedelta = DAY, by: str = "organisations"
) -> bytes:
    made = make_list(health_pki().signer(by), serials, number, now.at, valid)
    return made.public_bytes(Encoding.DER)


def good() -> x509.Certificate:
    return health_pki().shown("operator").read


def revoked() -> x509.Certificate:
    return health_pki().shown("revoked").read


async def test_lists_come_over_http(address: str, tmp_path: Path, now: Hands) -> None:
    lists = lists_at(address, tmp_path / "kept", now)
    assert lists.is_revoked(good()) is None
    await lists.run_once(1)
    assert lists.is_revoked(good()) is False
    assert lists.is_revoked(revoked()) is True
    assert lists.is_revoked(health_pki().signer().certificate) is False


async def test_the_last_good_list_serves_when_a_download_fails_and_after_a_restart(
    pages: dict[str, bytes], address: str, tmp_path: Path, now: Hands
) -> None:
    await lists_at(address, tmp_path / "kept", now).run_once(1)
    pages.clear()
    restarted = lists_at(address, tmp_path / "kept", now)
    with capture_logs() as logs:
        await restarted.run_once(1)
    assert [each["event"] for each in logs] == ["revocation_list_not_fetched"] * 2
    assert restarted.is_revoked(revoked()) is True
    assert restarted.is_revoked(good()) is False


async def test_a_list_that_grows_old_is_said_and_one_expired_says_nothing_more(
    pages: dict[str, bytes], address: str, tmp_path: Path, now: Hands
) -> None:
    lists = lists_at(address, tmp_path / "kept", now)
    await lists.run_once(1)
    pages.clear()
    now.at += 25 * DAY
    with capture_logs() as logs:
        await lists.run_once(1)
    assert [each["event"] for each in logs].count("revocation_list_old") == 2
    assert lists.is_revoked(revoked()) is True
    now.at += 10 * DAY
    with capture_logs() as logs:
        await lists.run_once(1)
    expired = [each for each in logs if each["event"] == "revocation_list_expired"]
    assert [each["log_level"] for each in expired] == ["error", "error"]
    assert lists.is_revoked(revoked()) is None


@pytest.mark.parametrize("wrong", ["truncated", "a page", "of strangers", "older", "out of date", "forged"])
async def test_a_list_that_is_not_good_leaves_the_one_in_use(
    pages: dict[str, bytes], address: str, tmp_path: Path, now: Hands, wrong: str
) -> None:
    pages["/organisations.crl"] = held = a_list(now, revoked().serial_number)
    lists = lists_at(address, tmp_path / "kept", now)
    await lists.run_once(1)
    before = Hands()
    before.at = now.at - DAY
    pages["/organisations.crl"] = {
        "truncated": held[:-40],
        "a page": b"<html>It works!</html>",
        "of strangers": strangers().lists[1].read_bytes(),
        "older": a_list(before, valid=3 * DAY),
        "out of date": a_list(before, valid=timedelta(hours=1)),
        "forged": held[:-1] + bytes([held[-1] ^ 1]),
    }[wrong]
    with capture_logs() as logs:
        await lists.run_once(1)
    assert [each["event"] for each in logs] == ["revocation_list_refused"]
    assert lists.is_revoked(revoked()) is True
    assert lists.is_revoked(good()) is False


async def test_a_list_is_of_who_signed_it(now: Hands, tmp_path: Path) -> None:
    # The root says nothing about operators, even of a serial number that is theirs too.
    path = tmp_path / "root.crl"
    path.write_bytes(a_list(now, good().serial_number, by="root"))
    lists = RevocationLists([str(path)], tmp_path, lambda: Authorities(health_pki().authorities), now)
    await lists.run_once(1)
    assert lists.is_revoked(good()) is None


def _scoped(now: Hands, extension: x509.ExtensionType) -> bytes:
    signer = health_pki().signer()
    builder = x509.CertificateRevocationListBuilder(signer.certificate.subject, now.at - DAY, now.at + DAY)
    made = builder.add_extension(extension, critical=True).sign(signer.key, SHA256())
    return made.public_bytes(Encoding.DER)


def _point(**more: bool) -> x509.IssuingDistributionPoint:
    words = {
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
        **more,
    }
    return x509.IssuingDistributionPoint(
        [x509.UniformResourceIdentifier("http://liste.example/a.crl")], None, only_some_reasons=None, **words
    )


def test_a_list_that_speaks_of_some_is_taken_for_these_alone(now: Hands) -> None:
    authorities = Authorities(health_pki().authorities)
    users = verified_list(_scoped(now, _point(only_contains_user_certs=True)), authorities, now.at)
    assert users.speaks_of(good())
    above = verified_list(_scoped(now, _point(only_contains_ca_certs=True)), authorities, now.at)
    assert not above.speaks_of(good())
    for extension in (_point(indirect_crl=True), x509.DeltaCRLIndicator(1)):
        with pytest.raises(ListRefused):
            verified_list(_scoped(now, extension), authorities, now.at)


def test_a_list_may_be_in_pem(now: Hands) -> None:
    made = make_list(health_pki().signer(), [7], 1, now.at, DAY).public_bytes(Encoding.PEM)
    found = verified_list(made, Authorities(health_pki().authorities), now.at)
    assert found.serials == {7}


async def asked(tls: OperatorTls, name: str) -> Fault | None:
    try:
        await tls.verified(health_pki().shown(name).read.public_bytes(Encoding.DER))
    except PeerRefused as refused:
        return refused.fault
    return None


async def test_a_responder_knows_sooner_than_the_list(tmp_path: Path, now: Hands) -> None:
    answering = Answering(health_pki(), now)
    answering.revoke(health_pki().shown("citizen-operator"))
    with published({}, answering) as address:
        tls = operator_tls(health_pki(), tmp_path, now, responder=Responder(address, now))
        await tls.lists.run_once(1)
        assert await asked(tls, "citizen-operator") is Fault.REVOKED
        assert await asked(tls, "operator") is None
        questions = answering.asked
        assert await asked(tls, "operator") is None
        assert answering.asked <= questions + 1  # the authority's own is asked again: nobody knew


async def test_a_responder_alone_is_enough_for_operators(tmp_path: Path, now: Hands) -> None:
    with published({}, Answering(health_pki(), now)) as address:
        root = [str(health_pki().lists[0])]
        tls = operator_tls(health_pki(), tmp_path, now, sources=root, responder=Responder(address, now))
        await tls.lists.run_once(1)
        assert await asked(tls, "operator") is None


@pytest.mark.parametrize("wrong", ["another signer", "another question", "old", "silent"])
async def test_an_answer_that_does_not_count_is_none(tmp_path: Path, now: Hands, wrong: str) -> None:
    answering = Answering(health_pki(), now, "app" if wrong == "another signer" else "ocsp")
    answering.keeps_nonce = wrong != "another question"
    later = Hands()
    later.at = now.at + DAY if wrong == "old" else now.at
    with published({}, None if wrong == "silent" else answering) as address:
        tls = operator_tls(health_pki(), tmp_path, later, sources=[], responder=Responder(address, later))
        assert await asked(tls, "operator") is Fault.UNVERIFIED
