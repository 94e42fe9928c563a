"""What all ways to sign in to the console share: guesses are counted, the journal tells, a session begins.

A way says who is meant, and proves it; what proved it is used up in the transaction that begins the
session, so that of two with the same proof one signs in. Guesses are counted as at the mail doors
(``sign_in.guessing``).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

import structlog

from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.administration.sessions import Browser, ConsoleSessions, Here
from vaguemestre.service.ports.administrator import Administrator
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.sign_in.guessing import Guessing
from vaguemestre.service.sign_in.outcome import Channel, SignInPostponed

T = TypeVar("T")

_log = structlog.get_logger()


class ConsoleSignInRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """Nobody was signed in; the sentence does not say which part was wrong."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Claim:
    """Whom somebody says to be: ``account`` is what his guesses are counted against, ``name`` the journal's.

    ``way`` is the word for how he shows it; ``refusal`` what he reads when he does not.
    """

    account: str
    name: str
    way: str
    refusal: Sentence


class Proof(NamedTuple):
    """Somebody showed who he is. ``spend`` uses it up; false when that was done meanwhile.

    ``key`` is what he calls the key that he showed, where he has several.
    """

    administrator: Administrator
    spend: Callable[[Transaction, datetime], bool]
    key: str = ""


Prove = Callable[[], Awaitable[Proof | None]]
"""None when it was not shown."""


def account_of(name: str) -> str:
    """What guesses at an administrator are counted against, whichever way they are made."""
    return f"console\0{name}"


class SigningIn:
    """Begins sessions."""

    def __init__(self, store: Store, clock: Clock, guessing: Guessing, sessions: ConsoleSessions) -> None:
        self._store = store
        self._clock = clock
        self._guessing = guessing
        self._sessions = sessions

    async def let_in(self, claim: Claim, prove: Prove, browser: Browser) -> Here:
        """A new session. Raises ConsoleSignInRefused, SignInPostponed, StoreBusyError."""

        def begin(tx: Transaction, proof: Proof) -> Here:
            detail = {"peer": browser.peer, "way": claim.way, **({"key": proof.key} if proof.key else {})}
            actor = f"operator:{proof.administrator.name}"
            tx.journal.record(JournalEntry(self._clock.now(), actor, "administrator_signed_in", None, detail))
            return self._sessions.begin(tx, proof.administrator, browser)

        here = await self.once_proven(claim, prove, browser.peer, begin)
        _log.info("console_signed_in", name=here.administrator.name, peer=browser.peer, way=claim.way)
        return here

    async def once_proven(
        self, claim: Claim, prove: Prove, peer: str, then: Callable[[Transaction, Proof], T]
    ) -> T:
        """What ``then`` does, in the transaction that uses the proof up. Raises as ``let_in`` does."""
        channel = Channel("console", peer)
        guessed = await self._store.read(lambda tx: self._guessing.read(tx, claim.account, channel))
        try:
            async with self._guessing.check(guessed):
                proof = await prove()
        except SignInPostponed:
            _log.warning("console_sign_in_postponed", peer=peer, way=claim.way)
            raise
        now = self._clock.now()

        def unit(tx: Transaction) -> tuple[T] | None:
            if proof is None or not proof.spend(tx, now):
                self._guessing.failed(tx, guessed)
                actor, detail = f"operator:{claim.name}", {"peer": peer, "way": claim.way}
                tx.journal.record(JournalEntry(now, actor, "administrator_refused", None, detail))
                return None
            self._guessing.succeeded(tx, guessed)
            return (then(tx, proof),)

        done = await self._store.write(unit, "sign in to the console")
        if done is None:
            _log.warning("console_sign_in_refused", peer=peer, way=claim.way)
            raise ConsoleSignInRefused(claim.refusal)
        return done[0]
