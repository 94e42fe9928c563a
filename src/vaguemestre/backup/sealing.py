"""A stream sealed with AES-256-GCM, chunk by chunk; a passphrase or a private key gives its key back.

The file: a line that names the form, a line of JSON that says how the key is found, then the chunks, 64 KiB
each before sealing but the last. A chunk's nonce is its number and whether it is the last, and the header is
bound in, so that no chunk can be changed, moved, left out, or taken from another file, and no end cut off.
"""

import json
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO, Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from vaguemestre.service.ports.vault import SealBrokenError

_FORM: Final = b"vaguemestre backup 1\n"
_CHUNK: Final = 65_536
_TAG: Final = 16
_COST: Final = 17  # scrypt N = 2^17, r = 8: 128 MiB and some 0.4 s for whoever tries a passphrase
_MOST_HEADER: Final = 4_096


class BackupRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """Nothing is backed up or restored; the sentence says why."""


class Seals(Protocol):
    """The public half of a key."""

    @property
    def id(self) -> str: ...  # noqa: D102 (names it)

    def seal(self, label: bytes, secret: bytes) -> bytes: ...  # noqa: D102 (for the private half alone)


class Opens(Protocol):
    """The private half."""

    @property
    def id(self) -> str: ...  # noqa: D102 (names it)

    def open(self, label: bytes, sealed: bytes) -> bytes: ...  # noqa: D102 (what was sealed for it)


@dataclass(frozen=True, slots=True)
class Passphrase:
    """What a person remembers."""

    octets: bytes

    def key(self, salt: bytes) -> bytes:
        """Slowly, so that guessing is slow."""
        return Scrypt(salt=salt, length=32, n=1 << _COST, r=8, p=1).derive(self.octets)


class SealedWriter:
    """What is written to it goes sealed into ``file``; ``finish`` ends it, and without it nothing opens."""

    def __init__(self, file: BinaryIO, to: Passphrase | Seals) -> None:
        self._file = file
        salt = secrets.token_bytes(16)
        said = {"salt": b64encode(salt).decode()}
        if isinstance(to, Passphrase):
            key = to.key(salt)
        else:
            key = secrets.token_bytes(32)
            sealed = to.seal(b"backup " + salt, key)
            said |= {"recipient": to.id, "sealed": b64encode(sealed).decode()}
        header = _FORM + json.dumps(said, sort_keys=True).encode() + b"\n"
        file.write(header)
        self._bound = sha256(header).digest()
        self._seal = AESGCM(key)
        self._waiting = bytearray()
        self._number = 0

    def write(self, octets: bytes) -> int:
        """Any number at once."""
        self._waiting += octets
        while len(self._waiting) > _CHUNK:
            self._put(bytes(self._waiting[:_CHUNK]), last=False)
            del self._waiting[:_CHUNK]
        return len(octets)

    def finish(self) -> None:
        """The last chunk, which says that it is the last."""
        self._put(bytes(self._waiting), last=True)

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._seal.encrypt(_nonce(self._number, last=last), chunk, self._bound))
        self._number += 1


class SealedReader:
    """The other way. Raises SealBrokenError for whatever was changed, BackupRefused for another key."""

    def __init__(self, file: BinaryIO, by: Passphrase | Opens) -> None:
        self._file = file
        form, line = file.readline(_MOST_HEADER), file.readline(_MOST_HEADER)
        if form != _FORM:
            raise BackupRefused("This is not a backup of Vaguemestre")
        try:
            said = {name: str(value) for name, value in json.loads(line).items()}
            salt = b64decode(said["salt"], validate=True)
            sealed = b64decode(said.get("sealed", ""), validate=True)
        except (ValueError, KeyError, AttributeError):
            raise SealBrokenError("the header of the backup was changed") from None
        self._key_is(by, salt, sealed, said.get("recipient"))
        self._bound = sha256(form + line).digest()
        self._number = 0
        self._opened = b""
        self._next = file.read(_CHUNK + _TAG)

    def read(self, size: int) -> bytes:
        """So many octets, fewer at the end."""
        while len(self._opened) < size and self._next:
            following = self._file.read(_CHUNK + _TAG)
            nonce = _nonce(self._number, last=not following)
            try:
                self._opened += self._seal.decrypt(nonce, self._next, self._bound)
            except InvalidTag:
                wrong = "the passphrase is wrong, or the backup was changed"
                raise SealBrokenError(
                    wrong if not self._number else "the backup was changed or cut"
                ) from None
            self._number += 1
            self._next = following
        taken, self._opened = self._opened[:size], self._opened[size:]
        return taken

    def _key_is(self, by: Passphrase | Opens, salt: bytes, sealed: bytes, recipient: str | None) -> None:
        if isinstance(by, Passphrase) != (recipient is None):
            needed = "a passphrase" if recipient is None else f"the private key {recipient}"
            raise BackupRefused(f"This backup opens by {needed}")
        if isinstance(by, Passphrase):
            self._seal = AESGCM(by.key(salt))
        elif by.id != recipient:
            raise BackupRefused(f"This backup opens by the private key {recipient}, not by {by.id}")
        else:
            self._seal = AESGCM(by.open(b"backup " + salt, sealed))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\1" if last else b"\0")
