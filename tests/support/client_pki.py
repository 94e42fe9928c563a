"""An authority for client certificates, made for a test: what it signed, what it revoked."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ShownCertificate:
    """One file with the certificate and its key, as a client loads it."""

    path: Path
    serial: int


class ClientAuthority:
    """Signs, and lists what is revoked."""

    def __init__(self, folder: Path, name: str = "Test authority of clients") -> None:
        self._folder = folder
        self._lists = 0
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name.from_rfc4514_string(f"CN={name},C=FR")
        self.authorities = folder / "clients.pem"
        certificate = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, SHA256())
        )
        self.authorities.write_bytes(certificate.public_bytes(Encoding.PEM))

    def certificate(self, subject: str, expired: bool = False) -> ShownCertificate:
        """A certificate for a subject, with its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name.from_rfc4514_string(subject)
        signed = self._builder(name, key.public_key(), expired).sign(self._key, SHA256())
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path = self._folder / f"{signed.serial_number}.pem"
        path.write_bytes(pem + signed.public_bytes(Encoding.PEM))
        return ShownCertificate(path, signed.serial_number)

    def revocations(self, *revoked: ShownCertificate) -> Path:
        """The list of those revoked, in force, a minute younger than the one before."""
        now = datetime.now(UTC)
        self._lists += 1
        since = now - HOUR + timedelta(minutes=self._lists)
        builder = x509.CertificateRevocationListBuilder(self._name, since, now + HOUR)
        for certificate in revoked:
            entry = x509.RevokedCertificateBuilder(certificate.serial, now - HOUR).build()
            builder = builder.add_revoked_certificate(entry)
        path = self._folder / "clients.crl"
        path.write_bytes(builder.sign(self._key, SHA256()).public_bytes(Encoding.PEM))
        return path

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey, expired: bool = False
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return x509.CertificateBuilder(
            issuer_name=self._name,
            subject_name=subject,
            public_key=key,
            serial_number=x509.random_serial_number(),
            not_valid_before=now - 2 * HOUR,
            not_valid_after=now - HOUR if expired else now + HOUR,
        )
