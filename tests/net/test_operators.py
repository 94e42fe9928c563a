"""Whose certificate an operator believes: what OpenSSL refuses, and what is judged after. domain.md §6."""

import ssl
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.support.operator_tls import (
    Hands,
    client_of,
    health_pki,
    operator_tls,
    own_pki,
    shaken,
    strangers,
)

from vaguemestre.net.health_pki import HealthPki
from vaguemestre.net.issuing import Signer, Usage, make_authority, make_certificate
from vaguemestre.net.operators import Fault, OperatorTls, PeerRefused, turned_away_by
from vaguemestre.net.tls import CertificateError
from vaguemestre.service.trust.subjects import subject_of


@pytest.fixture
def now() -> Hands:
    return Hands()


@pytest.fixture
async def ours(now: Hands, tmp_path: Path) -> OperatorTls:
    made = operator_tls(health_pki(), tmp_path / "lists", now)
    await made.lists.run_once(1)
    return made


def leaf_of(pki: HealthPki) -> bytes:
    """The first certificate of the file, in DER: that of the authority stands behind it."""
    shown = pki.shown("operator").certificate.read_bytes()
    return x509.load_pem_x509_certificate(shown).public_bytes(Encoding.DER)


async def fault_of(tls: OperatorTls, certificate: bytes | None) -> Fault | None:
    try:
        await tls.verified(certificate)
    except PeerRefused as refused:
        return refused.fault
    return None


async def met(tls: OperatorTls, name: str | None, version: ssl.TLSVersion | None = None) -> Fault | None:
    """What is wrong with a client that shows such a certificate."""
    client = client_of(health_pki(), name)
    if version is not None:
        client.minimum_version = client.maximum_version = version
    _, far = shaken(tls.server, client)
    return await fault_of(tls, far.getpeercert(binary_form=True))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_operators_believe_each_other(
    ours: OperatorTls, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    theirs = operator_tls(health_pki(), tmp_path / "theirs", Hands(), "citizen-operator")
    theirs.client.maximum_version = version
    near, far = shaken(ours.server, theirs.client)
    seen = await ours.verified(far.getpeercert(binary_form=True))
    assert subject_of(seen).text.startswith("CN=mss.citoyens.example,")
    await theirs.lists.run_once(1)
    answered = await theirs.verified(near.getpeercert(binary_form=True))
    assert subject_of(answered).text.startswith("CN=mss.hopital.example,")
    suite = near.cipher()
    assert suite is not None
    assert "GCM" in suite[0] or "CHACHA20" in suite[0]


async def test_who_shows_nothing_is_told_after_the_handshake(ours: OperatorTls) -> None:
    assert await met(ours, None) is Fault.MISSING


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_who_is_revoked_is_told_after_the_handshake(ours: OperatorTls, version: ssl.TLSVersion) -> None:
    assert await met(ours, "revoked", version) is Fault.REVOKED


async def test_dates_are_judged_after_the_handshake_by_our_clock(
    ours: OperatorTls, now: Hands, tmp_path: Path
) -> None:
    assert await met(ours, "citizen-operator") is None
    now.at += timedelta(days=4 * 365)
    assert await met(ours, "citizen-operator") is Fault.EXPIRED
    now.at -= timedelta(days=5 * 365)
    assert await met(ours, "citizen-operator") is Fault.NOT_YET_VALID


async def test_a_certificate_that_has_really_expired_ends_no_handshake(tmp_path: Path) -> None:
    now = Hands()
    pki = own_pki(tmp_path / "pki")
    subject = "CN=mss.expire.example,OU=399999999900064,O=EXPIRE,ST=Paris (75),C=FR"
    pki.operator("expired", subject, now.at - timedelta(days=5), days=1)
    ours = operator_tls(pki, tmp_path / "lists", now)
    await ours.lists.run_once(1)
    _, far = shaken(ours.server, client_of(pki, "expired"))
    assert await fault_of(ours, far.getpeercert(binary_form=True)) is Fault.EXPIRED


async def test_an_authority_unknown_to_us_ends_the_handshake(ours: OperatorTls) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(ours.server, client_of(strangers(), "operator"))
    der = leaf_of(strangers())
    assert await fault_of(ours, der) is Fault.UNKNOWN_AUTHORITY


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("shown", "fault"),
    [
        ("a stranger", Fault.UNKNOWN_AUTHORITY),
        ("who signs itself", Fault.UNKNOWN_AUTHORITY),
        ("list-signer", Fault.PURPOSE),
        ("a short key", Fault.UNSOUND),
    ],
)
async def test_why_a_handshake_ended_is_known_and_tls_without_certificates_believes_nobody(
    ours: OperatorTls, tmp_path: Path, shown: str, fault: Fault, version: ssl.TLSVersion
) -> None:
    client = _showing(shown, tmp_path)
    client.minimum_version = client.maximum_version = version
    with pytest.raises(ssl.SSLCertVerificationError) as ended:
        shaken(ours.server, client)
    assert turned_away_by(ended.value) is fault
    near, far = shaken(ours.telling, client)
    assert await fault_of(ours, far.getpeercert(binary_form=True)) is Fault.MISSING
    with pytest.raises(ssl.SSLCertVerificationError):  # nothing of it can be resumed where it counts
        shaken(ours.server, client, near.session)


def test_what_else_ends_a_handshake_says_nothing_of_a_certificate() -> None:
    assert turned_away_by(ConnectionResetError()) is None
    assert turned_away_by(ssl.SSLError("no shared cipher")) is None


def _showing(shown: str, folder: Path) -> ssl.SSLContext:
    if shown == "a stranger":
        return client_of(strangers(), "operator")
    if shown not in ("a short key", "who signs itself"):
        return client_of(health_pki(), shown)
    key = rsa.generate_private_key(65537, 1024 if shown == "a short key" else 2048)
    name = x509.Name.from_rfc4514_string("CN=mss.hopital.example,C=FR")
    signer, now = health_pki().signer(), Hands().at
    if shown == "who signs itself":
        signer = Signer(make_authority(name, key, now, 1, depth=0), key)
        certificate = signer.certificate
    else:
        client = [ExtendedKeyUsageOID.CLIENT_AUTH]
        certificate = make_certificate(name, key.public_key(), signer, now, 1, Usage(signs=True), client)
    (folder / "shown.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "shown.key").write_bytes(plain)
    context = client_of(health_pki(), None)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(folder / "shown.pem", folder / "shown.key")
    return context


async def test_a_program_is_no_server_to_our_client(ours: OperatorTls) -> None:
    app = health_pki().shown("app")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(app.certificate, app.key)
    with pytest.raises(ssl.SSLCertVerificationError, match="purpose"):
        shaken(server, ours.client)


async def test_our_client_wants_a_server_of_our_authorities(ours: OperatorTls) -> None:
    shown = strangers().shown("operator")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(shown.certificate, shown.key)
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(server, ours.client)


async def test_what_signs_itself_and_what_is_no_certificate_are_not_believed(ours: OperatorTls) -> None:
    root = health_pki().signer("root").certificate.public_bytes(Encoding.DER)
    assert await fault_of(ours, root) is Fault.UNKNOWN_AUTHORITY
    assert await fault_of(ours, b"no certificate") is Fault.UNREADABLE


def test_an_operator_among_the_authorities_is_said(tmp_path: Path) -> None:
    pki = health_pki()
    file = tmp_path / "mixed.pem"
    file.write_bytes(pki.authorities.read_bytes() + pki.shown("operator").certificate.read_bytes())
    with pytest.raises(CertificateError, match="no authority"):
        operator_tls(pki, tmp_path, Hands(), authorities=file)


async def test_who_an_operator_has_signed_is_not_believed(ours: OperatorTls) -> None:
    shown = health_pki().shown("citizen-operator")
    signer = Signer(shown.read, health_pki().signer("citizen-operator").key)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name.from_rfc4514_string("CN=mss.hopital.example,C=FR")
    client = [ExtendedKeyUsageOID.CLIENT_AUTH]
    made = make_certificate(name, key.public_key(), signer, Hands().at, 1, Usage(signs=True), client)
    assert await fault_of(ours, made.public_bytes(Encoding.DER)) is Fault.UNKNOWN_AUTHORITY


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_session_resumed_does_not_bring_back_who_was_revoked(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    now = Hands()
    pki = own_pki(tmp_path / "pki")
    ours = operator_tls(pki, tmp_path / "lists", now)
    await ours.lists.run_once(1)
    client = client_of(pki, "citizen-operator")
    client.maximum_version = version
    near, far = shaken(ours.server, client)
    assert await fault_of(ours, far.getpeercert(binary_form=True)) is None
    pki.revoke(pki.shown("citizen-operator"), now=now.at + timedelta(minutes=1))
    await ours.lists.run_once(1)
    _, again = shaken(ours.server, client, near.session)
    assert await fault_of(ours, again.getpeercert(binary_form=True)) is Fault.REVOKED


async def test_new_files_are_taken_up_and_an_authority_taken_out_is_not_believed(tmp_path: Path) -> None:
    now = Hands()
    pki, other = health_pki(), strangers()
    both = tmp_path / "both.pem"
    both.write_bytes(pki.authorities.read_bytes() + other.authorities.read_bytes())
    lists = [str(path) for path in (*pki.lists, *other.lists)]
    ours = operator_tls(pki, tmp_path / "lists", now, sources=lists, authorities=both)
    await ours.lists.run_once(1)
    der = leaf_of(other)
    assert await fault_of(ours, der) is None
    both.write_bytes(b"half written")
    with pytest.raises(CertificateError):
        ours.load()
    assert await fault_of(ours, der) is None
    both.write_bytes(pki.authorities.read_bytes())
    ours.load()
    assert await fault_of(ours, der) is Fault.UNKNOWN_AUTHORITY


def test_a_peer_cannot_make_us_begin_a_handshake_again(ours: OperatorTls) -> None:
    assert ours.server.options & ssl.OP_NO_RENEGOTIATION
    assert ours.server.num_tickets == 0
