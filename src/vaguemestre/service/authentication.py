"""Who signs in: one place for every door. Passwords are kept as argon2id (RFC 9106 §4).

Hashing costs some 20 ms, so it runs in two threads of its own and never holds the event loop; a sign-in
that succeeded is remembered for a few minutes under a key that this process alone knows, so that software
signing in every minute costs nothing. What is remembered includes the stored hash: a changed password is
wrong at once.
"""

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from vaguemestre.mail.address import AddressSyntaxError, parse_address
from vaguemestre.mail.bal import Bal, BalId, BalState
from vaguemestre.service.ports import Clock
from vaguemestre.service.store_port import Store, Transaction

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # RFC 9106 §4, OWASP floor
_REMEMBERED_FOR: Final = timedelta(minutes=5)
_REMEMBERED_AT_MOST: Final = 10_000  # 10,000 × some 200 octets = 2 MB
_READ_AT_ONCE: Final = 500  # accounts, some 3 µs each
_MAX_PASSWORD: Final = 1024  # octets: a longer one is an attack on the hash

_log = structlog.get_logger()


class SignInRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """The sign-in was refused. The sentence is the same whatever was wrong; the log knows which."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The account behind a session, as it stood when it signed in."""

    bal: Bal


class Authentication:
    """Checks passwords against the store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="password")
        self._key = secrets.token_bytes(32)
        self._remembered: OrderedDict[bytes, datetime] = OrderedDict()
        self._decoy: str | None = None

    async def sign_in(self, username: str, password: str, door: str, peer: str) -> SignedIn:
        """The account of that address, if the password is its own and it may sign in.

        Raises SignInRefused, StoreBusyError. ``door`` and ``peer`` are for the log.
        """
        bal, stored = await self._store.read(lambda tx: _account(tx, username))
        known = stored is not None and bal is not None
        if not await self._is_right(password, stored or await self._decoy_hash()) or not known or bal is None:
            _log.info("sign_in_refused", door=door, peer=peer, reason="credentials")
            raise SignInRefused("The address or the password is wrong")
        if not bal.state.signs_in:
            _log.info("sign_in_refused", door=door, peer=peer, reason=str(bal.state))
            raise SignInRefused("The address or the password is wrong")
        return SignedIn(bal)

    async def barred(self, bals: Iterable[BalId]) -> frozenset[BalId]:
        """Those who may not sign in any more, of some who did. Raises StoreBusyError."""
        asked, found = list(bals), []
        for start in range(0, len(asked), _READ_AT_ONCE):
            some = asked[start : start + _READ_AT_ONCE]
            accounts = await self._store.read(partial(_accounts, some))
            found += [
                bal for bal, state in zip(some, accounts, strict=True) if not (state and state.signs_in)
            ]
        return frozenset(found)

    async def hash(self, password: str) -> str:
        """The argon2id hash of a new password, in PHC form."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _HASHER.hash, password)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _is_right(self, password: str, stored: str) -> bool:
        if len(password.encode(errors="surrogateescape")) > _MAX_PASSWORD:
            return False
        proof = hashlib.blake2b(
            f"{stored}\0{password}".encode(errors="surrogateescape"), key=self._key, digest_size=32
        ).digest()
        now = self._clock.now()
        until = self._remembered.get(proof)
        if until is not None and now < until:
            return True
        right = await asyncio.get_running_loop().run_in_executor(self._threads, _verify, stored, password)
        if right:
            self._remembered[proof] = now + _REMEMBERED_FOR
            self._remembered.move_to_end(proof)
            if len(self._remembered) > _REMEMBERED_AT_MOST:
                self._remembered.popitem(last=False)
        return right

    async def _decoy_hash(self) -> str:
        # An unknown address costs as much time as a known one, so that nobody learns which exist.
        if self._decoy is None:
            self._decoy = await self.hash(secrets.token_hex())
        return self._decoy


def _account(tx: Transaction, username: str) -> tuple[Bal | None, str | None]:
    try:
        bal = tx.bals.by_address(parse_address(username))
    except AddressSyntaxError:
        return None, None
    return bal, tx.bals.password_hash(bal.id) if bal is not None else None


def _accounts(bals: Sequence[BalId], tx: Transaction) -> list[BalState | None]:
    found = (tx.bals.by_id(bal) for bal in bals)
    return [bal.state if bal is not None else None for bal in found]


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
