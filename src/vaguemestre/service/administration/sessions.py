"""Sessions of the console, however they began, and how long they last: an idle limit and an absolute one.

A cookie's token is kept as a digest; what is asked of a session is asked of the database each time, so that
ending it elsewhere ends it.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, NamedTuple

from vaguemestre.service.administration.accounts import digest_of
from vaguemestre.service.ports.administrator import Administrator, AdministratorId, ConsoleSession
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction

_TOKEN: Final = 32  # octets
_SEEN_EVERY: Final = timedelta(minutes=1)
_AGENT: Final = 200  # characters of what a browser calls itself


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a session: since it was last used, and since it began."""

    idle: timedelta
    longest: timedelta


class Browser(NamedTuple):
    """What signs in: from where, and what it calls itself."""

    peer: str
    agent: str


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody signed in. ``token`` is what his cookie says."""

    administrator: Administrator
    session: ConsoleSession
    token: str = field(repr=False)

    @property
    def form_token(self) -> str:
        """What his forms carry, so that nobody else's form is taken for his."""
        return hashlib.blake2b(self.token.encode(), person=b"console form", digest_size=16).hexdigest()


class ConsoleSessions:
    """``limits`` of each session."""

    def __init__(self, store: Store, clock: Clock, limits: Limits) -> None:
        self.limits = limits
        self._store = store
        self._clock = clock

    def begin(self, tx: Transaction, administrator: Administrator, browser: Browser) -> Here:
        """Within the unit that finds who he is: a new one, and those that nobody can use any more go."""
        token, now = secrets.token_urlsafe(_TOKEN), self._clock.now()
        tx.administrators.forget_sessions(now - self.limits.longest, now - self.limits.idle)
        session = ConsoleSession(
            digest_of(token), administrator.id, now, now, browser.peer, browser.agent[:_AGENT]
        )
        tx.administrators.begin(session)
        return Here(administrator, session, token)

    async def here(self, token: str, *, is_used: bool = True) -> Here | None:
        """Whose cookie that is, if his session is still good; it is then in use, unless only asked about."""
        digest, now = digest_of(token), self._clock.now()

        def unit(tx: Transaction) -> tuple[Administrator | None, ConsoleSession | None]:
            session = tx.administrators.session(digest)
            return (None if session is None else tx.administrators.by_id(session.administrator)), session

        administrator, session = await self._store.read(unit)
        if administrator is None or session is None or not administrator.is_enabled:
            return None
        if now - session.seen_at >= self.limits.idle or now - session.began_at >= self.limits.longest:
            return None
        if is_used and now - session.seen_at >= _SEEN_EVERY:
            await self._store.write(lambda tx: tx.administrators.see(digest, now), "see console session")
        return Here(administrator, session, token)

    async def of(self, administrator: AdministratorId) -> list[ConsoleSession]:
        """Those that are still good, the latest first."""
        now = self._clock.now()
        found = await self._store.read(lambda tx: tx.administrators.sessions(administrator))
        return [
            one
            for one in found
            if now - one.seen_at < self.limits.idle and now - one.began_at < self.limits.longest
        ]

    async def sign_out(self, here: Here) -> None:
        """This browser."""
        await self._end(here, lambda tx: tx.administrators.end(here.session.digest))

    async def sign_out_everywhere(self, here: Here) -> None:
        """Every browser of his, this one too."""
        await self._end(here, lambda tx: tx.administrators.end_all(here.administrator.id) > 0)

    async def _end(self, here: Here, how: Callable[[Transaction], bool]) -> None:
        now, actor = self._clock.now(), f"operator:{here.administrator.name}"

        def unit(tx: Transaction) -> None:
            if how(tx):
                tx.journal.record(JournalEntry(now, actor, "administrator_signed_out", None))

        await self._store.write(unit, "sign out of the console")
