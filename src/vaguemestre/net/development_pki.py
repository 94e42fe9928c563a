"""A certificate authority for one's own machine, and a server certificate it signs. RFC 5280 §4.

For trials only: the authority is valid for ten years and its key lies beside it, so it must never be
trusted on another machine. Strict verifiers (OpenSSL's X509_STRICT, Python 3.13 by default) ask for key
identifiers, key usage and critical basic constraints: all are there.
"""

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOCAL_HOSTS: Final = ("localhost", "127.0.0.1", "::1")

_AUTHORITY_DAYS: Final = 3650
_SERVER_DAYS: Final = 365
_BACKDATED: Final = timedelta(hours=1)  # a client whose clock is a little late must not refuse


@dataclass(frozen=True, slots=True)
class DevelopmentPki:
    """Where the files are, all PEM. The keys are readable by their owner alone."""

    authority: Path
    authority_key: Path
    certificate: Path
    key: Path


def make_development_pki(folder: Path, now: datetime, hosts: Sequence[str] = LOCAL_HOSTS) -> DevelopmentPki:
    """Make ``ca.pem``, ``ca.key``, ``server.pem``, ``server.key`` in ``folder``, making the folder too.

    ``hosts`` are the names and IP addresses the server is reached by. Raises FileExistsError rather than
    replace anything.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pki = DevelopmentPki(folder / "ca.pem", folder / "ca.key", folder / "server.pem", folder / "server.key")
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _authority(authority_key, now)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _server(key.public_key(), authority, authority_key, now, hosts)
    _write(pki.authority_key, _pem(authority_key), 0o600)
    _write(pki.authority, authority.public_bytes(Encoding.PEM), 0o644)
    _write(pki.key, _pem(key), 0o600)
    _write(pki.certificate, certificate.public_bytes(Encoding.PEM), 0o644)
    return pki


def _authority(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = _name("Vaguemestre development CA")
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        _builder(name, name, key.public_key(), now, _AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False
        )
        .sign(key, SHA256())
    )


def _server(
    public_key: ec.EllipticCurvePublicKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    now: datetime,
    hosts: Sequence[str],
) -> x509.Certificate:
    issuer = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return (
        _builder(_name(hosts[0]), authority.subject, public_key, now, _SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
        .sign(authority_key, SHA256())
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + timedelta(days=days))
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, octets: bytes, mode: int) -> None:
    """Make a file with its mode from the first instant: a key is never readable by others."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # the umask may have taken away what others may read
        file.write(octets)
