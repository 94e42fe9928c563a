"""Whether a password is one of an account's. Those people chose are kept as argon2id (RFC 9106 §4).

Hashing costs some 20 ms, so it runs in two threads of its own and never holds the event loop; a sign-in
that succeeded is remembered for a few minutes under a key that this process alone knows, so that software
signing in every minute costs nothing. What is remembered includes what is stored: a changed password is
wrong at once. A device's password was drawn here with a hundred bits, which nobody guesses: a keyed digest of
it is enough, and costs nothing.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.credential import Credential, ScramKeys
from vaguemestre.sasl.errors import SaslSyntaxError
from vaguemestre.sasl.scram import derive
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.sign_in import NewSecret
from vaguemestre.service.sign_in.hashing import RECOMMENDED, Hashing

_REMEMBERED_FOR: Final = timedelta(minutes=5)
_WRONG_FOR: Final = timedelta(hours=6)
_REMEMBERED_AT_MOST: Final = 10_000  # 10,000 × some 200 octets = 2 MB
_MAX_PASSWORD: Final = 1024  # octets: a longer one is an attack on the hash
_SALT: Final = 16  # octets
# Without 0, O, 1 and I, which people mistake for one another: five bits a letter, a hundred in all.
_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_GROUPS: Final = 5
_GROUP: Final = 4


class Passwords:
    """``secret`` keys the digests of devices' passwords and the salts of accounts that do not exist."""

    def __init__(self, clock: Clock, secret: bytes, hashing: Hashing = RECOMMENDED) -> None:
        self._clock = clock
        self._secret = secret
        self._iterations = hashing.iterations
        self._hasher = PasswordHasher(time_cost=hashing.passes, memory_cost=hashing.memory, parallelism=1)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="password")
        self._key = secrets.token_bytes(32)
        self._remembered: OrderedDict[bytes, datetime] = OrderedDict()
        self._wrong: OrderedDict[bytes, datetime] = OrderedDict()
        self._being_verified: dict[bytes, asyncio.Future[bool]] = {}
        self._decoy: str | None = None

    async def chosen(self, password: str, salt: bytes | None) -> NewSecret:
        """What to keep of a password that a person chose; ``salt`` is the account's, None for its first."""
        kept = await self.hashed(password)
        return NewSecret(kept, await self.scram_keys(password, salt))

    async def hashed(self, password: str) -> str:
        """What ``is_right`` compares with."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._hasher.hash, password)

    async def drawn(self, bal: BalId, salt: bytes | None) -> tuple[str, NewSecret]:
        """A new password for a device, to be shown once, and what to keep of it."""
        groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
        password = "-".join(groups)
        keys = await self.scram_keys(password, salt)
        return password, NewSecret(self._digest(bal, password), keys)

    async def scram_keys(self, password: str, salt: bytes | None) -> ScramKeys | None:
        """None for a password that SCRAM does not allow; without a salt, under a new one."""
        loop = asyncio.get_running_loop()
        salt = salt or secrets.token_bytes(_SALT)
        try:
            return await loop.run_in_executor(self._threads, derive, password, salt, self._iterations)
        except SaslSyntaxError:
            return None

    def decoy_keys(self, name: str) -> ScramKeys:
        """Keys that fit no password, and are the same each time the same unknown name is tried."""
        salt = hashlib.blake2b(name.encode(errors="replace"), key=self._secret, digest_size=_SALT).digest()
        return ScramKeys(salt, self._iterations, secrets.token_bytes(32), secrets.token_bytes(32))

    def remembered(self, bal: BalId, password: str, credentials: Sequence[Credential]) -> Credential | None:
        """The credential that this password was found to be, a few minutes ago; a device's at any time."""
        digest, now = self._digest(bal, password), self._clock.now()
        for credential in credentials:
            if credential.device:
                if hmac.compare_digest(digest, credential.secret):
                    return credential
                continue
            until = self._remembered.get(self._proof(credential.secret, password))
            if until is not None and now < until:
                return credential
        return None

    async def is_right(self, password: str, secret: str | None) -> bool:
        """Whether a password is the one of that hash; takes as long when there is none.

        An unknown address costs as much time as a known one, so that nobody learns which exist.
        """
        if len(password.encode(errors="surrogateescape")) > _MAX_PASSWORD:
            return False
        stored = secret or await self._decoy_hash()
        proof = self._proof(stored, password)
        # A client that opens five connections at once has its one password verified once.
        verifying = self._being_verified.get(proof)
        if verifying is None:
            loop = asyncio.get_running_loop()
            verifying = loop.run_in_executor(self._threads, self._verify, stored, password)
            self._being_verified[proof] = verifying
            verifying.add_done_callback(lambda _: self._being_verified.pop(proof, None))
        right = await asyncio.shield(verifying) and secret is not None
        if right:
            self._remember(proof)
        return right

    def is_known_wrong(self, name: str, password: str, credentials: Sequence[Credential]) -> bool:
        """Whether the very same was refused lately: a device with an old password tries it all day long."""
        until = self._wrong.get(self._attempt(name, password, credentials))
        return until is not None and self._clock.now() < until

    def note_wrong(self, name: str, password: str, credentials: Sequence[Credential]) -> None:
        """It was refused."""
        self._wrong[self._attempt(name, password, credentials)] = self._clock.now() + _WRONG_FOR
        if len(self._wrong) > _REMEMBERED_AT_MOST:
            self._wrong.popitem(last=False)

    def _attempt(self, name: str, password: str, credentials: Sequence[Credential]) -> bytes:
        """Another as soon as any password of the account has changed."""
        return self._proof("\0".join((name.lower(), *(known.secret for known in credentials))), password)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _remember(self, proof: bytes) -> None:
        self._remembered[proof] = self._clock.now() + _REMEMBERED_FOR
        self._remembered.move_to_end(proof)
        if len(self._remembered) > _REMEMBERED_AT_MOST:
            self._remembered.popitem(last=False)

    def _proof(self, stored: str, password: str) -> bytes:
        octets = f"{stored}\0{password}".encode(errors="surrogateescape")
        return hashlib.blake2b(octets, key=self._key, digest_size=32).digest()

    def _digest(self, bal: BalId, password: str) -> str:
        """Typed without hyphens or in small letters, it is the same."""
        plain = password.replace("-", "").replace(" ", "").upper()
        octets = f"device\0{bal}\0{plain}".encode(errors="surrogateescape")
        return hashlib.blake2b(octets, key=self._secret, digest_size=32).hexdigest()

    async def _decoy_hash(self) -> str:
        if self._decoy is None:
            loop = asyncio.get_running_loop()
            hashed = partial(self._hasher.hash, secrets.token_hex())
            self._decoy = await loop.run_in_executor(self._threads, hashed)
        return self._decoy

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
