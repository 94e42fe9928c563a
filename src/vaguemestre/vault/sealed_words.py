"""A few octets sealed under a key of their own: secrets that a row of the database keeps. AES-256-GCM.

The key is derived for one purpose from the vault's, so that a copy of the database says nothing.
"""

import secrets
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vaguemestre.service.ports.vault import SealBrokenError

_VERSION: Final = b"\x01"
_NONCE: Final = 12


@dataclass(frozen=True, slots=True)
class SealedWords:
    """``key`` is 32 octets, never printed and never used for anything else."""

    key: bytes = field(repr=False)

    def seal(self, octets: bytes, bound: bytes) -> bytes:
        """``bound`` is whose they are: elsewhere they do not open."""
        nonce = secrets.token_bytes(_NONCE)
        return _VERSION + nonce + AESGCM(self.key).encrypt(nonce, octets, _VERSION + bound)

    def open(self, sealed: bytes, bound: bytes) -> bytes:
        """Raises SealBrokenError."""
        if sealed[:1] != _VERSION:
            raise SealBrokenError("unknown version of a seal")
        try:
            return AESGCM(self.key).decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], _VERSION + bound)
        except (InvalidTag, ValueError):
            raise SealBrokenError("a sealed value does not open") from None
