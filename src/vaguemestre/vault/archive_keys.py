"""The archive's key pair: the server holds the public half, and so seals what it cannot open.

domain.md §2 wants an archive reachable by nobody but for litigation. A data key is sealed to it by HPKE
(RFC 9180): X25519, HKDF-SHA256, AES-256-GCM, base mode. Whose key it is, of which day and of which archive
is bound in, so that a key moved to another place does not open. Both halves are PEM files; the private one
is made once, taken away from the server, and comes back only to open.
"""

import os
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from vaguemestre.service.ports.vault import SealBrokenError

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_USE: Final = b"vaguemestre archive v1 "


class ArchiveKeyError(Exception):
    """The key of the archive cannot be used; the message says why, and holds no secret."""


def _identifier(public: X25519PublicKey) -> str:
    return sha256(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class PublicArchiveKey:
    """What the server holds."""

    id: str
    _key: X25519PublicKey = field(repr=False)

    def seal(self, label: bytes, secret: bytes) -> bytes:
        """A secret that the private half alone opens, under the same label."""
        return _SUITE.encrypt(secret, self._key, _USE + label)


@dataclass(frozen=True, slots=True)
class PrivateArchiveKey:
    """What opens."""

    id: str
    _key: X25519PrivateKey = field(repr=False)

    def open(self, label: bytes, sealed: bytes) -> bytes:
        """The secret. Raises SealBrokenError."""
        try:
            return _SUITE.decrypt(sealed, self._key, _USE + label)
        except (InvalidTag, ValueError):
            raise SealBrokenError("an archived key does not open: not its key, or not its place") from None


def make_archive_key(private: Path, public: Path, passphrase: bytes | None = None) -> PublicArchiveKey:
    """A new pair in two new files, the private one 0600. Raises OSError, FileExistsError among them."""
    key = X25519PrivateKey.generate()
    protection = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    _write_new(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection), 0o600)
    try:
        octets = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        _write_new(public, octets, 0o644)
    except BaseException:
        private.unlink(missing_ok=True)
        raise
    return PublicArchiveKey(_identifier(key.public_key()), key.public_key())


def load_public(path: Path) -> PublicArchiveKey:
    """Raises ArchiveKeyError."""
    try:
        key = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise ArchiveKeyError(f"the public key of the archive cannot be read: {error}") from error
    if not isinstance(key, X25519PublicKey):
        raise ArchiveKeyError("the public key of the archive is not an X25519 key")
    return PublicArchiveKey(_identifier(key), key)


def load_private(path: Path, passphrase: bytes | None = None) -> PrivateArchiveKey:
    """Raises ArchiveKeyError; whether a passphrase is missing or wrong is said."""
    try:
        key = load_pem_private_key(path.read_bytes(), passphrase)
    except TypeError as error:
        raise ArchiveKeyError(f"the private key of the archive: {error}") from None
    except (OSError, ValueError, UnsupportedAlgorithm):
        raise ArchiveKeyError(
            "the private key of the archive cannot be read, or its passphrase is wrong"
        ) from None
    if not isinstance(key, X25519PrivateKey):
        raise ArchiveKeyError("the private key of the archive is not an X25519 key")
    return PrivateArchiveKey(_identifier(key.public_key()), key)


def _write_new(path: Path, octets: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(descriptor)
