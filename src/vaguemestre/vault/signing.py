"""The server's signature on what it certifies: Ed25519 (RFC 8032), one key for an installation's life."""

from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)


@dataclass(frozen=True, slots=True)
class Verifier:
    """The public half, which anybody may have."""

    _key: Ed25519PublicKey = field(repr=False)

    @property
    def id(self) -> str:
        """Names the key: 16 hexadecimal digits."""
        return sha256(self._key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]

    @property
    def pem(self) -> str:
        """As it is given to whoever will verify."""
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def verifies(self, octets: bytes, signature: bytes) -> bool:
        """Whether this key signed exactly these octets."""
        try:
            self._key.verify(signature, octets)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """``seed`` is 32 octets, never printed and never used for anything else."""

    seed: bytes = field(repr=False)

    def sign(self, octets: bytes) -> bytes:
        """64 octets."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(octets)

    @property
    def verifier(self) -> Verifier:
        """Its public half."""
        return Verifier(Ed25519PrivateKey.from_private_bytes(self.seed).public_key())


def read_verifier(pem: bytes) -> Verifier:
    """Raises ValueError when it is not an Ed25519 public key in PEM."""
    key = load_pem_public_key(pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("this is not an Ed25519 public key")
    return Verifier(key)
