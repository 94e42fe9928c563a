"""Wrapping: small secrets sealed under a master key, so that a key store alone opens nothing.

A wrapped secret is a version octet, 12 of nonce, then AES-256-GCM over the secret. What it is for (its
*label*) and the master's identifier are associated data: a wrapped key moved to another row, or said to
be under another master, does not open.
"""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.vault import KeyDay, SealBrokenError
from vaguemestre.vault.keys import MasterKeys, MasterMissingError, derive

_VERSION: Final = b"\x01"
_NONCE: Final = 12


def data_key_label(bal: BalId, day: KeyDay) -> bytes:
    """What binds a wrapped data key to its row."""
    return b"data key %d %d" % (bal, day)


class Wrapping:
    """The wrapping keys of a set of master keys, by identifier."""

    def __init__(self, masters: MasterKeys) -> None:
        self.masters = masters
        self._aeads = {key.id: AESGCM(derive(key.secret, "wrapping")) for key in masters.all}

    def knows(self, master: str) -> bool:
        """Whether something under this master opens here."""
        return master in self._aeads

    def wrap(self, master: str, label: bytes, secret: bytes) -> bytes:
        """Raises MasterMissingError when we do not have that master."""
        nonce = secrets.token_bytes(_NONCE)
        return _VERSION + nonce + self._aead(master).encrypt(nonce, secret, self._bound(master, label))

    def unwrap(self, master: str, label: bytes, wrapped: bytes) -> bytes:
        """Raises MasterMissingError, and SealBrokenError when it was changed or moved."""
        nonce, sealed = wrapped[1 : 1 + _NONCE], wrapped[1 + _NONCE :]
        if wrapped[:1] != _VERSION:
            raise SealBrokenError("unknown version of a wrapped key")
        try:
            return self._aead(master).decrypt(nonce, sealed, self._bound(master, label))
        except (InvalidTag, ValueError):
            raise SealBrokenError("a wrapped key does not open") from None

    def _aead(self, master: str) -> AESGCM:
        aead = self._aeads.get(master)
        if aead is None:
            raise MasterMissingError(f"master key {master} is needed and is not among those given")
        return aead

    @staticmethod
    def _bound(master: str, label: bytes) -> bytes:
        return b"%s under %s" % (label, master.encode())
