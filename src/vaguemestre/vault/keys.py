"""Master keys: what wraps every data key, kept outside every database.

A master keys text (a file of mode 0600, or the value of an environment variable) holds one key a word,
``identifier:secret``: the first is *current*, the others are those a rotation has not finished with.
Words are parted by blanks or line ends; a ``#`` starts a comment. ``secret`` is 32 random octets in
base64 (RFC 4648 §5), ``identifier`` 16 hexadecimal digits.

The identifier is derived from the secret, so that a key pasted wrongly is found when it is read, and
not by a message that no longer opens. The secret itself never encrypts: each use has its own key,
derived by HKDF (RFC 5869) under its own label.
"""

import base64
import binascii
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SECRET_LENGTH: Final = 32  # AES-256
_HEADING: Final = (
    "# Master keys: the first is current. Whoever has this file and the key store reads everything;\n"
    "# whoever loses it reads nothing. Keep a copy apart from the backups of messages.\n"
)


class MasterKeyError(Exception):
    """The master keys cannot be used; the message says why, and holds no secret."""


class MasterMissingError(MasterKeyError):
    """Something was wrapped under a master key that is not among those we were given."""


def derive(secret: bytes, use: str) -> bytes:
    """A key of 32 octets for one use alone. RFC 5869."""
    return HKDF(SHA256(), SECRET_LENGTH, salt=None, info=f"vaguemestre {use} v1".encode()).derive(secret)


@dataclass(frozen=True, slots=True)
class MasterKey:
    """One master key. ``secret`` is 32 octets and never printed."""

    id: str
    secret: bytes = field(repr=False)

    def __str__(self) -> str:
        return f"{self.id}:{base64.urlsafe_b64encode(self.secret).decode()}"


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The current master key and those before it. ``source`` is the file they were read from, if any."""

    current: MasterKey
    old: tuple[MasterKey, ...] = ()
    source: Path | None = None

    @property
    def all(self) -> tuple[MasterKey, ...]:
        """The current one first."""
        return (self.current, *self.old)

    def rotated(self) -> "MasterKeys":
        """A new current key in front of these."""
        return MasterKeys(_new_key(), self.all, self.source)

    def without_old(self) -> "MasterKeys":
        """The current key alone: right once nothing is wrapped under the others."""
        return MasterKeys(self.current, (), self.source)

    def reloaded(self) -> "MasterKeys":
        """What the file holds now; these same keys when they came from elsewhere. Raises as load_master."""
        return self if self.source is None else load_master(self.source)


def _new_key() -> MasterKey:
    return _key_of(secrets.token_bytes(SECRET_LENGTH))


def _key_of(secret: bytes) -> MasterKey:
    return MasterKey(derive(secret, "master identifier")[:8].hex(), secret)


def generate_master() -> MasterKeys:
    """One new key, current."""
    return MasterKeys(_new_key())


def parse_master(text: str) -> MasterKeys:
    """Read a master keys text; raise MasterKeyError when it is not one."""
    words = [word for line in text.splitlines() for word in line.partition("#")[0].split()]
    keys = [_parse_key(word, number) for number, word in enumerate(words, 1)]
    if not keys:
        raise MasterKeyError("there is no master key in it")
    return MasterKeys(keys[0], tuple(keys[1:]))


def _parse_key(word: str, number: int) -> MasterKey:
    identifier, _, encoded = word.partition(":")
    try:
        key = _key_of(base64.b64decode(encoded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise MasterKeyError(f"master key {number} is not identifier:base64") from None
    if len(key.secret) != SECRET_LENGTH:
        raise MasterKeyError(f"master key {number} is not {SECRET_LENGTH} octets long")
    if key.id != identifier:
        raise MasterKeyError(f"master key {number} does not match its identifier: it was changed or cut")
    return key


def load_master(path: Path) -> MasterKeys:
    """Read a master keys file; raise MasterKeyError when others may read it, or it cannot be read."""
    try:
        with path.open(encoding="ascii") as file:
            # On the open file and not on the name: nobody can put another one in its place in between.
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise MasterKeyError(f"the master keys file has mode {mode:04o}; it must be 0600")
            keys = parse_master(file.read())
    except (OSError, UnicodeDecodeError) as error:
        raise MasterKeyError(f"the master keys file cannot be read: {error}") from error
    return MasterKeys(keys.current, keys.old, path)


def write_master(path: Path, keys: MasterKeys) -> MasterKeys:
    """Write the file, mode 0600, in one durable step: after a crash it holds the old text or the new one.

    Returns the same keys, with this file as their source. Raises OSError.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(_HEADING + "".join(f"{key}\n" for key in keys.all))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)
    return MasterKeys(keys.current, keys.old, path)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable; without it a renamed file may have no name after a crash."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
