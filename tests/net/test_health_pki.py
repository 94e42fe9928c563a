"""The development health PKI: strict verifiers accept it, and its lists say who is revoked. domain.md §6."""

import runpy
import shutil
import ssl
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from tests.support.tree import ROOT

from vaguemestre.mail.distinguished_name import parse_name
from vaguemestre.net.health_pki import HealthPki, make_health_pki
from vaguemestre.service.trust.subjects import subject_of

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> HealthPki:
    return make_health_pki(
        tmp_path_factory.mktemp("health") / "pki", NOW, lists_at="http://127.0.0.1:1/lists"
    )


def openssl(*arguments: str | Path) -> str:
    """What the program says, whatever its status."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl program is not installed")
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=False, timeout=20)
    return (done.stdout + done.stderr).decode()


def verified(pki: HealthPki, name: str, purpose: str, at: datetime = NOW) -> str:
    lists = pki.folder / f"{name}-lists.pem"
    lists.write_text("".join(openssl("crl", "-inform", "DER", "-in", path) for path in pki.lists))
    moment = ["-attime", str(int(at.timestamp()))]
    strict: list[str | Path] = [
        "-x509_strict",
        "-crl_check_all",
        "-CRLfile",
        lists,
        "-CAfile",
        pki.authorities,
    ]
    return openssl("verify", *strict, *moment, "-purpose", purpose, pki.shown(name).certificate)


@pytest.mark.parametrize("name", ["operator", "citizen-operator"])
@pytest.mark.parametrize("purpose", ["sslclient", "sslserver"])
def test_a_strict_verifier_accepts_an_operator_on_either_side(
    pki: HealthPki, name: str, purpose: str
) -> None:
    assert verified(pki, name, purpose).endswith(": OK\n")


def test_a_revoked_operator_is_found_out(pki: HealthPki) -> None:
    assert "certificate revoked" in verified(pki, "revoked", "sslclient")


def test_an_operator_expires(pki: HealthPki) -> None:
    assert "has expired" in verified(pki, "operator", "sslclient", NOW + timedelta(days=4 * 365))


def test_a_program_is_no_server_and_a_signer_neither(pki: HealthPki) -> None:
    assert verified(pki, "app", "sslclient").endswith(": OK\n")
    assert "unsuitable certificate purpose" in verified(pki, "app", "sslserver")
    assert "unsuitable certificate purpose" in verified(pki, "list-signer", "sslclient")


def test_the_responder_signs_answers_and_is_not_asked_about(pki: HealthPki) -> None:
    responder = pki.shown("ocsp").read
    responder.extensions.get_extension_for_class(x509.OCSPNoCheck)
    usage = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.OCSP_SIGNING]


def test_the_lists_are_signed_and_a_new_one_keeps_who_was_revoked(pki: HealthPki, tmp_path: Path) -> None:
    before = [x509.load_der_x509_crl(path.read_bytes()) for path in pki.lists]
    assert [len(list(each)) for each in before] == [1, 1]
    other = pki.operator("other", "CN=autre.example,OU=399999999900056,O=AUTRE,ST=Paris (75),C=FR", NOW)
    pki.revoke(other, now=NOW)
    pki.publish(NOW, timedelta(days=1))
    for path, name, serials in zip(pki.lists, ("root", "organisations"), (1, 2), strict=True):
        found = x509.load_der_x509_crl(path.read_bytes())
        key = pki.signer(name).certificate.public_key()
        assert found.is_signature_valid(key)  # type: ignore[arg-type]  # an RSA key, as it was made
        assert len(list(found)) == serials


def test_subjects_read_as_the_trust_list_writes_them(pki: HealthPki) -> None:
    assert subject_of(pki.shown("operator").read) == parse_name(
        "CN=mss.hopital.example,OU=399999999900015,O=HOPITAL FICTIF,ST=Rhône (69),C=FR"
    )
    printed = openssl("x509", "-noout", "-subject", "-nameopt", "RFC2253", "-in", pki.folder / "operator.pem")
    assert printed.startswith("subject=CN=mss.hopital.example,OU=3")


def test_keys_are_readable_by_their_owner_alone_and_nothing_is_replaced(pki: HealthPki) -> None:
    keys = list(pki.folder.glob("*.key"))
    assert len(keys) >= 8
    assert {stat.S_IMODE(key.stat().st_mode) for key in keys} == {0o600}
    with pytest.raises(FileExistsError):
        make_health_pki(pki.folder, NOW)


def test_certificates_and_keys_belong_together(pki: HealthPki) -> None:
    for name in ("operator", "citizen-operator", "revoked", "app"):
        shown = pki.shown(name)
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(shown.certificate, shown.key)


def test_one_command_makes_it_all(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main = runpy.run_path(str(ROOT / "certs" / "make.py"))["main"]
    assert main(["--health", str(tmp_path / "pki")]) == 0
    assert str(tmp_path / "pki" / "citizen-operator.pem") in capsys.readouterr().out
    assert main(["--health", str(tmp_path / "pki")]) == 1
    assert main(["--health"]) == 2
