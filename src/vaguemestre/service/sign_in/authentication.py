"""Who signs in: one place for every door. domain.md §5, *Sign-in*.

Each mechanism is a file in ``sign_in``; here is which of them a connection is offered.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from vaguemestre.mail.access import Right
from vaguemestre.mail.bal import BalId, BalState
from vaguemestre.sasl.bearer import OAUTHBEARER, XOAUTH2
from vaguemestre.sasl.scram import SCRAM, SCRAM_PLUS
from vaguemestre.service.access.reading_for import rights_in
from vaguemestre.service.health.figures import Figures
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.sign_in.accounts import SigningAccounts
from vaguemestre.service.sign_in.by_certificate import EXTERNAL, External
from vaguemestre.service.sign_in.by_password import Login, PasswordCheck, Plain
from vaguemestre.service.sign_in.by_scram import Scram
from vaguemestre.service.sign_in.by_token import BearerToken
from vaguemestre.service.sign_in.guessing import Guessing, Pause
from vaguemestre.service.sign_in.hashing import RECOMMENDED, Hashing
from vaguemestre.service.sign_in.journal import SignInJournal
from vaguemestre.service.sign_in.outcome import Channel, Exchange, MechanismNotOffered, SignedIn, shown
from vaguemestre.service.sign_in.passwords import Passwords
from vaguemestre.service.sign_in.tokens import Tokens

_READ_AT_ONCE: Final = 500  # accounts, some 3 µs each


class Authentication:
    """``secret`` keys what is kept of guesses and devices' passwords: 32 octets, the same for ever.

    ``tokens`` is there where an OpenID provider is trusted.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        secret: bytes,
        tokens: Tokens | None = None,
        pause: Pause = asyncio.sleep,
        figures: Figures | None = None,
        hashing: Hashing = RECOMMENDED,
    ) -> None:
        self._store = store
        self._clock = clock
        self._tokens = tokens
        self._guessing = Guessing(clock, secret, pause)
        self.journal = SignInJournal(store, clock)
        self._accounts = SigningAccounts(store, clock, self._guessing, self.journal, figures or Figures())
        self.passwords = Passwords(clock, secret, hashing)
        self._check = PasswordCheck(self._accounts, self.passwords, self._guessing)

    def mechanisms(self, channel: Channel) -> tuple[str, ...]:
        """What this connection is offered, the best first: clients take the first they know."""
        plus = (SCRAM_PLUS,) if channel.end_point is not None else ()
        bearer = (OAUTHBEARER, XOAUTH2) if self._tokens is not None else ()
        external = (EXTERNAL,) if channel.certificate is not None else ()
        return (*external, *plus, SCRAM, *bearer, "PLAIN", "LOGIN")

    def begin(self, mechanism: str, channel: Channel) -> Exchange:
        """A sign-in by one of them; the name's case is free (RFC 4422 §3.1). Raises MechanismNotOffered."""
        name = mechanism.upper()
        if name not in self.mechanisms(channel):
            raise MechanismNotOffered(f"{mechanism} is not offered here")
        if name in {SCRAM, SCRAM_PLUS}:
            plus = name == SCRAM_PLUS
            return Scram(self._accounts, self.passwords, self._guessing, channel, plus=plus)
        if self._tokens is not None and name in {OAUTHBEARER, XOAUTH2}:
            return BearerToken(self._accounts, self._tokens, channel, name)
        if channel.certificate is not None and name == EXTERNAL:
            return External(self._accounts, channel, channel.certificate)
        return (Login if name == "LOGIN" else Plain)(self._check, channel)

    async def sign_in(self, username: str, password: str, channel: Channel) -> SignedIn:
        """By name and password, as IMAP's LOGIN command has them.

        Raises SignInRefused, SignInPostponed, StoreBusyError.
        """
        return await self._check.sign_in(username, password, channel, "password")

    async def rights_of(self, signed_in: SignedIn) -> frozenset[Right]:
        """What a reader may do now where he signed in. Raises StoreBusyError."""
        now = self._clock.now()
        return await self._store.read(lambda tx: _rights(tx, signed_in, now))

    async def ended(self, readers: Iterable[SignedIn], needed: Right | None) -> frozenset[SignedIn]:
        """Those without that right, or any, where they signed in for another. Raises StoreBusyError."""
        asked, now = list(readers), self._clock.now()
        found: list[SignedIn] = []
        for start in range(0, len(asked), _READ_AT_ONCE):
            some = asked[start : start + _READ_AT_ONCE]
            rights = await self._store.read(partial(_all_rights, some, now))
            found += [
                one
                for one, his in zip(some, rights, strict=True)
                if not his or (needed is not None and needed not in his)
            ]
            await asyncio.sleep(0)  # mail goes on meanwhile
        return frozenset(found)

    async def withdrawn(self, sessions: Iterable[SignedIn]) -> frozenset[SignedIn]:
        """Those whose password is no more: a device's taken back, another chosen. Raises StoreBusyError."""
        asked, found = [one for one in sessions if one.by is not None], list[SignedIn]()
        for start in range(0, len(asked), _READ_AT_ONCE):
            found += await self._store.read(partial(_without_password, asked[start : start + _READ_AT_ONCE]))
            await asyncio.sleep(0)  # mail goes on meanwhile
        return frozenset(found)

    async def barred(self, bals: Iterable[BalId]) -> frozenset[BalId]:
        """Those who may not sign in any more, of some who did. Raises StoreBusyError."""
        asked, found = list(bals), []
        for start in range(0, len(asked), _READ_AT_ONCE):
            some = asked[start : start + _READ_AT_ONCE]
            accounts = await self._store.read(partial(_states, some))
            found += [
                bal for bal, state in zip(some, accounts, strict=True) if not (state and state.signs_in)
            ]
        return frozenset(found)

    def close(self) -> None:
        """Let the threads go."""
        self.passwords.close()


def _rights(tx: Transaction, signed_in: SignedIn, now: datetime) -> frozenset[Right]:
    if signed_in.reader is None:
        return frozenset()
    return rights_in(tx, signed_in.bal.id, signed_in.reader, now)


def _all_rights(some: Sequence[SignedIn], now: datetime, tx: Transaction) -> list[frozenset[Right]]:
    return [_rights(tx, signed_in, now) for signed_in in some]


def _without_password(some: Sequence[SignedIn], tx: Transaction) -> list[SignedIn]:
    people = {one.person.id for one in some}
    there = {person: set(map(shown, tx.sign_ins.credentials(person))) for person in people}
    return [one for one in some if one.by not in there[one.person.id]]


def _states(bals: Sequence[BalId], tx: Transaction) -> list[BalState | None]:
    found = (tx.bals.by_id(bal) for bal in bals)
    return [bal.state if bal is not None else None for bal in found]
