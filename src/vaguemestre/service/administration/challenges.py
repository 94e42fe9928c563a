"""Challenges that browsers are given to answer: random, good once, for minutes, and not many at a time.

Only their digests are kept, so whoever reads the database cannot answer one. Anybody may ask for one to sign
in with, so a network has some tens of them at most.
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.ports.administrator import AdministratorId
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.passkey import Challenge, Purpose
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.sign_in.outcome import Channel, SignInPostponed

GOOD_FOR: Final = timedelta(minutes=5)
"""People look for a key in a drawer."""

MOST: Final = 50  # of a network at once: a hundred people may stand behind one address, not all at this
_CHALLENGE: Final = 32  # octets


@dataclass(frozen=True, slots=True)
class Handles:
    """Names that say nothing to whoever reads them: ``secret`` keys them."""

    secret: bytes = field(repr=False)

    def of(self, administrator: AdministratorId) -> bytes:
        """What his keys call him, always the same: a key that he makes anew replaces the one before."""
        return hashlib.blake2b(f"administrator {administrator}".encode(), key=self.secret).digest()

    def network(self, peer: str) -> bytes:
        """Where a browser is."""
        named = f"network {Channel('console', peer).network}"
        return hashlib.blake2b(named.encode(), key=self.secret, digest_size=16).digest()


class Challenging:
    """Gives them, and takes them back. ``handles`` says to whom."""

    def __init__(self, clock: Clock, handles: Handles) -> None:
        self.handles = handles
        self._clock = clock

    def give(
        self,
        tx: Transaction,
        purpose: Purpose,
        whose: AdministratorId | None,
        peer: str,
        good_for: timedelta = GOOD_FOR,
    ) -> bytes:
        """A new one. Raises SignInPostponed."""
        now, network = self._clock.now(), self.handles.network(peer)
        self.require_room(tx, peer)
        tx.challenges.forget(now)
        challenge = secrets.token_bytes(_CHALLENGE)
        until = now + good_for
        tx.challenges.give(Challenge(_digest(challenge), purpose, whose, network, until))
        return challenge

    def require_room(self, tx: Transaction, peer: str) -> None:
        """It only reads, so who asks too often costs no write. Raises SignInPostponed."""
        if tx.challenges.given(self.handles.network(peer), self._clock.now()) >= MOST:
            raise SignInPostponed(
                Sentence(
                    fr="Trop de demandes de votre réseau : réessayez dans quelques minutes",
                    en="Too many requests from your network: try again in a few minutes",
                )
            )

    def take(
        self, tx: Transaction, challenge: bytes, purpose: Purpose, whose: AdministratorId | None
    ) -> bool:
        """Whether it was given for that, to him, and has not come back yet."""
        return tx.challenges.take(_digest(challenge), purpose, whose, self._clock.now())


def _digest(challenge: bytes) -> bytes:
    return hashlib.sha256(challenge).digest()
