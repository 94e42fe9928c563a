"""Guessing passwords is made slow, and nobody is locked out by others' guesses.

Failures are counted twice, in the database so that a restart forgives nothing: against the account, where
they make the next check wait a few seconds, and against the network the client comes from, where they end
in a refusal for some minutes. An attacker with many networks can make an account slow, never close it; one
whose password is right waits once. Counts halve every ten minutes. domain.md §5.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, log2
from typing import Final

from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.sign_in import Failures
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.sign_in.outcome import Channel, TooManyFailures

HALF_LIFE: Final = timedelta(minutes=10)
FORGOTTEN_AFTER: Final = timedelta(days=1)  # 144 half-lives: nothing is left of any count
MISTYPED: Final = 3  # failures against an account that cost nothing: people mistype
LONGEST_WAIT: Final = 8.0  # seconds; clients give up after some 30
FROM_A_CLINIC: Final = 20  # the same against a network: a hundred people may stand behind one address
STILL_THE_SAME: Final = 0.2  # what an account that failed lately adds: phones try old passwords all day long
POSTPONED_FROM: Final = 100  # failures of a network from which nothing is looked at any more

Pause = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Guessed:
    """The failures so far against an account and against a network, and the keys they are kept under.

    ``also_key`` is of the bal that somebody wants to act for: ``account`` is the higher of the two.
    """

    account_key: bytes
    network_key: bytes
    account: float
    network: float
    also_key: bytes | None = None


class Guessing:
    """Counts, and makes wait. ``secret`` keys the digests under which counts are kept: no address is."""

    def __init__(self, clock: Clock, secret: bytes, pause: Pause = asyncio.sleep) -> None:
        self._clock = clock
        self._secret = secret
        self._pause = pause
        self._being_checked: Counter[bytes] = Counter()

    def read(self, tx: Transaction, account: str, channel: Channel, also: str = "") -> Guessed:
        """How things stand, decayed to now. ``account`` is the key of an address, even of none.

        ``also`` is that of another bal, which he wants to act for.
        """
        account_key, network_key = self._key("account", account), self._key("network", channel.network)
        also_key = self._key("account", also) if also else None
        keys = [account_key, network_key, *([also_key] if also_key is not None else [])]
        found = tx.sign_ins.failures(keys)
        now = self._clock.now()
        failed = {key: _decayed(found.get(key), now) for key in keys}
        most = failed[account_key] + self._being_checked[account_key]
        if also_key is not None:
            most = max(most, failed[also_key] + self._being_checked[also_key])
        return Guessed(account_key, network_key, most, failed[network_key], also_key)

    @asynccontextmanager
    async def check(self, guessed: Guessed) -> AsyncIterator[None]:
        """Wait as long as it takes, then check inside the block. Raises TooManyFailures.

        What is being checked counts as failed until it is known: many guesses at once gain nothing.
        """
        if guessed.network >= POSTPONED_FROM:
            half_lives = log2((guessed.network + 1) / POSTPONED_FROM)
            raise TooManyFailures(max(1, ceil(half_lives * (HALF_LIFE / timedelta(minutes=1)))))
        keys = [guessed.account_key, *([guessed.also_key] if guessed.also_key is not None else [])]
        self._being_checked.update(keys)
        try:
            wait = max(_wait(guessed.account - MISTYPED), _wait(guessed.network - FROM_A_CLINIC))
            if wait:
                await self._pause(wait)
            yield
        finally:
            for key in keys:
                self._being_checked[key] -= 1
                if not self._being_checked[key]:
                    del self._being_checked[key]

    def failed(self, tx: Transaction, guessed: Guessed) -> None:
        """One failure more against each."""
        now = self._clock.now()
        if guessed.also_key is not None:
            also = _decayed(tx.sign_ins.failures([guessed.also_key]).get(guessed.also_key), now)
            tx.sign_ins.set_failures(guessed.also_key, Failures(also + 1, now))
        found = tx.sign_ins.failures((guessed.account_key, guessed.network_key))
        account = _decayed(found.get(guessed.account_key), now)
        network = _decayed(found.get(guessed.network_key), now)
        more = 1.0 if account < 0.5 else STILL_THE_SAME
        tx.sign_ins.set_failures(guessed.account_key, Failures(account + 1, now))
        tx.sign_ins.set_failures(guessed.network_key, Failures(network + more, now))
        tx.sign_ins.forget_failures(now - FORGOTTEN_AFTER)

    def succeeded(self, tx: Transaction, guessed: Guessed) -> None:
        """The account is forgiven; its network is not, or one good account would buy guesses at others."""
        tx.sign_ins.set_failures(guessed.account_key, None)

    def _key(self, kind: str, name: str) -> bytes:
        return hashlib.blake2b(f"{kind}\0{name}".encode(), key=self._secret, digest_size=16).digest()


def _decayed(failures: Failures | None, now: datetime) -> float:
    if failures is None:
        return 0.0
    count: float = failures.count * 0.5 ** (max(now - failures.at, timedelta()) / HALF_LIFE)
    return count


def _wait(excess: float) -> float:
    """Seconds: a quarter of one, doubled for each failure that is not excused."""
    return 0.0 if excess < 0.5 else min(LONGEST_WAIT, 0.25 * 2.0 ** min(excess, 10.0))
