"""Signing in to the console, and how long that lasts: an idle limit and an absolute one.

Name, password and code are asked together and refused together: nobody learns which was wrong, and a name
that does not exist takes as long as one that does. Guesses are counted as at the mail doors
(``sign_in.guessing``). A cookie's token is kept as a digest; what is asked of a session is asked of the
database each time, so that ending it elsewhere ends it.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.administration.accounts import bound_to, digest_of
from vaguemestre.service.administration.second_factor import Seals, step_of
from vaguemestre.service.ports.administrator import Administrator, AdministratorId, ConsoleSession
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.sign_in.guessing import Guessing
from vaguemestre.service.sign_in.outcome import Channel, SignInPostponed
from vaguemestre.service.sign_in.passwords import Passwords

_TOKEN: Final = 32  # octets
_SEEN_EVERY: Final = timedelta(minutes=1)
_AGENT: Final = 200  # characters of what a browser calls itself

_log = structlog.get_logger()


class ConsoleSignInRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """Name, password or code was wrong, or the account is disabled."""

    sentence = Sentence(
        fr="Le nom, le mot de passe ou le code est faux",
        en="The name, the password or the code is wrong",
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a session: since it was last used, and since it began."""

    idle: timedelta
    longest: timedelta


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

    def __init__(
        self,
        store: Store,
        clock: Clock,
        passwords: Passwords,
        guessing: Guessing,
        seals: Seals,
        limits: Limits,
    ) -> None:
        self.limits = limits
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._guessing = guessing
        self._seals = seals

    async def sign_in(self, name: str, password: str, code: str, peer: str, agent: str) -> Here:
        """A new session. Raises ConsoleSignInRefused, SignInPostponed, StoreBusyError."""
        folded, channel = name.strip().lower()[:100], Channel("console", peer)
        account = f"console\0{folded}"

        def claim(tx: Transaction) -> Administrator | None:
            return tx.administrators.by_name(folded)

        found = await self._store.read(claim)
        guessed = await self._store.read(lambda tx: self._guessing.read(tx, account, channel))
        try:
            async with self._guessing.check(guessed):
                step = await self._step(found, password, code)
        except SignInPostponed:
            _log.warning("console_sign_in_postponed", peer=peer)
            raise
        token, now = secrets.token_urlsafe(_TOKEN), self._clock.now()

        def unit(tx: Transaction) -> ConsoleSession | None:
            if found is None or step is None or not tx.administrators.use_step(found.id, step, now):
                self._guessing.failed(tx, guessed)
                actor = "operator:" + (found.name if found is not None else "?")
                detail = {"peer": peer}
                tx.journal.record(JournalEntry(now, actor, "administrator_refused", None, detail))
                return None
            self._guessing.succeeded(tx, guessed)
            tx.administrators.forget_sessions(now - self.limits.longest, now - self.limits.idle)
            session = ConsoleSession(digest_of(token), found.id, now, now, peer, agent[:_AGENT])
            tx.administrators.begin(session)
            entry = JournalEntry(
                now, f"operator:{found.name}", "administrator_signed_in", None, {"peer": peer}
            )
            tx.journal.record(entry)
            return session

        session = await self._store.write(unit, "sign in to the console")
        if session is None or found is None:
            _log.warning("console_sign_in_refused", peer=peer)
            raise ConsoleSignInRefused
        _log.info("console_signed_in", name=found.name, peer=peer)
        return Here(found, session, token)

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

    async def _step(self, found: Administrator | None, password: str, code: str) -> int | None:
        """The moment of the code, when everything is right; as much work when there is nobody."""
        kept = found.password if found is not None and found.is_enabled else None
        right = await self._passwords.is_right(password, kept)
        if found is None or not right:
            return None
        secret = self._seals.open(found.second_factor, bound_to(found.id))
        return step_of(secret, code, self._clock.now())
