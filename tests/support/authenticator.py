"""An authenticator of software: real keys and signatures, in the structures of Web Authentication, §6.

It answers as a browser's script sends it. What it says can be made wrong, one thing at a time.
"""

import hashlib
import json
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import encode_cbor

PRESENT, VERIFIED, MADE = 0x01, 0x04, 0x40  # flags of §6.1
_COORDINATE: Final = 32  # octets, of P-256


def coded(octets: bytes) -> str:
    """As browsers write octets in JSON."""
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def read(text: str) -> bytes:
    """The octets again."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass(slots=True)
class Authenticator:
    """One key, once made. ``counts`` is false for those that keep no counter, as telephones do."""

    origin: str = "https://mail.example"
    host: str = "mail.example"
    flags: int = PRESENT | VERIFIED
    counts: bool = True
    used: int = 0
    handle: bytes = b""
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, asked: str) -> str:
        """The answer to ``navigator.credentials.create``: no attestation, as most browsers have it."""
        options = json.loads(asked)
        self.handle = read(options["user"]["id"])
        whole = {"fmt": "none", "attStmt": {}, "authData": self._said(MADE) + self._made()}
        client = self._client("webauthn.create", options["challenge"])
        return self._answer({"clientDataJSON": coded(client), "attestationObject": coded(encode_cbor(whole))})

    def show(self, asked: str) -> str:
        """The answer to ``navigator.credentials.get``."""
        said, client = self._said(0), self._client("webauthn.get", json.loads(asked)["challenge"])
        signature = self.key.sign(said + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": coded(client),
                "authenticatorData": coded(said),
                "signature": coded(signature),
                "userHandle": coded(self.handle),
            }
        )

    def _said(self, more: int) -> bytes:
        """Authenticator data, §6.1."""
        self.used += self.counts
        return hashlib.sha256(self.host.encode()).digest() + struct.pack(">BL", self.flags | more, self.used)

    def _made(self) -> bytes:
        """Attested credential data, §6.5.1; the key as COSE has it (RFC 9053 §7.1.1)."""
        public = self.key.public_key().public_numbers()
        point = {-2: public.x.to_bytes(_COORDINATE), -3: public.y.to_bytes(_COORDINATE)}
        key = encode_cbor({1: 2, 3: -7, -1: 1, **point})
        return bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + key

    def _client(self, what: str, challenge: str) -> bytes:
        """What the browser says of itself, §5.8.1."""
        said = {"type": what, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, str]) -> str:
        name = coded(self.credential)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
