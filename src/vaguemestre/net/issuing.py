"""How an authority of one's own signs: certificates, revocation lists, and their files. RFC 5280 §4.

Strict verifiers (OpenSSL's X509_STRICT, Python 3.13 by default) ask for key identifiers, key usage and
critical basic constraints: all are there. For trials only: whoever signs here keeps the key beside it.
"""

import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

BACKDATED: Final = timedelta(hours=1)  # a client whose clock is a little late must not refuse


class Signer(NamedTuple):
    """An authority and its key."""

    certificate: x509.Certificate
    key: PrivateKey


class Usage(NamedTuple):
    """What a key is for (RFC 5280 §4.2.1.3); what is not named here it is never for."""

    signs: bool = False
    commits: bool = False
    enciphers_keys: bool = False
    signs_certificates: bool = False


class Extension(NamedTuple):
    """One more, and whether who does not know it must refuse."""

    value: x509.ExtensionType
    critical: bool = False


def make_authority(
    subject: x509.Name,
    key: PrivateKey,
    now: datetime,
    days: int,
    issuer: Signer | None = None,
    depth: int = 0,
    more: Iterable[Extension] = (),
) -> x509.Certificate:
    """An authority below which stand ``depth`` others at most; without ``issuer`` it signs itself."""
    signer = issuer.key if issuer is not None else key
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    above = _identifier(issuer.certificate) if issuer is not None else own
    builder = _builder(
        subject, issuer.certificate.subject if issuer else subject, key.public_key(), now, days
    )
    extensions = [
        Extension(x509.BasicConstraints(ca=True, path_length=depth), critical=True),
        Extension(_usage(Usage(signs_certificates=True)), critical=True),
        Extension(own),
        Extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(above)),
        *more,
    ]
    return _extended(builder, extensions).sign(signer, SHA256())


def make_certificate(
    subject: x509.Name,
    key: PublicKey,
    issuer: Signer,
    now: datetime,
    days: int,
    usage: Usage,
    purposes: Iterable[x509.ObjectIdentifier],
    more: Iterable[Extension] = (),
) -> x509.Certificate:
    """One that signs no other. ``purposes`` are of RFC 5280 §4.2.1.12."""
    builder = _builder(subject, issuer.certificate.subject, key, now, days)
    above = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(_identifier(issuer.certificate))
    extensions = [
        *more,
        Extension(x509.BasicConstraints(ca=False, path_length=None), critical=True),
        Extension(_usage(usage), critical=True),
        Extension(x509.ExtendedKeyUsage(list(purposes))),
        Extension(x509.SubjectKeyIdentifier.from_public_key(key)),
        Extension(above),
    ]
    return _extended(builder, extensions).sign(issuer.key, SHA256())


def make_list(
    issuer: Signer, revoked: Iterable[int], number: int, now: datetime, valid: timedelta
) -> x509.CertificateRevocationList:
    """The revocation list of an authority (RFC 5280 §5), its serial numbers revoked an hour ago."""
    builder = x509.CertificateRevocationListBuilder(
        issuer.certificate.subject, now - BACKDATED, now + valid
    ).add_extension(x509.CRLNumber(number), critical=False)
    above = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(_identifier(issuer.certificate))
    builder = builder.add_extension(above, critical=False)
    for serial in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder(serial, now - BACKDATED).build()
        )
    return builder.sign(issuer.key, SHA256())


def key_pem(key: PrivateKey) -> bytes:
    """A private key as its file has it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def pem(*certificates: x509.Certificate) -> bytes:
    """Certificates one after the other."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def write_new(path: Path, octets: bytes, mode: int = 0o644) -> None:
    """Make a file, with its mode from the first instant. Raises FileExistsError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)  # the umask may have taken away what others may read
        file.write(octets)


def write_key(path: Path, key: PrivateKey) -> None:
    """Make the file of a private key, its owner's alone. Raises FileExistsError."""
    write_new(path, key_pem(key), 0o600)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + timedelta(days=days))
    )


def _extended(builder: x509.CertificateBuilder, extensions: Iterable[Extension]) -> x509.CertificateBuilder:
    for extension in extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    return builder


def _identifier(issuer: x509.Certificate) -> x509.SubjectKeyIdentifier:
    return issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value


def _usage(usage: Usage) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=usage.signs,
        content_commitment=usage.commits,
        key_encipherment=usage.enciphers_keys,
        key_cert_sign=usage.signs_certificates,
        crl_sign=usage.signs_certificates,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
