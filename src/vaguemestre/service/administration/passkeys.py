"""The passkeys of an administrator, as he keeps them himself: adds, sees, removes.

Adding one asks for a code of the telephone: whoever finds a browser that somebody left open does not make
himself a key to it. Removing one ends the other sessions, which it may have begun. Nobody adds or removes
those of others; ``vaguemestre console reset`` takes all of somebody's.
"""

from collections.abc import Callable
from typing import Final

from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.administration.accounts import AdministratorRefused
from vaguemestre.service.administration.ceremonies import Asked, Ceremonies, CeremonyError
from vaguemestre.service.administration.challenges import Challenging
from vaguemestre.service.administration.sessions import Here
from vaguemestre.service.administration.signing_in import Claim, Proof, SigningIn, account_of
from vaguemestre.service.ports.administrator import Administrator, AdministratorId
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.passkey import Passkey, PasskeyId, Purpose
from vaguemestre.service.ports.store import Store, Transaction

MOST: Final = 10  # of one person: a telephone, a computer, a key in a safe, and then some
LONGEST_NAME: Final = 60  # characters
_WRONG_CODE: Final = Sentence(
    fr="Ce code n'est pas celui du moment, ou il a déjà servi",
    en="This is not the code of the moment, or it was used already",
)
_TOO_MANY: Final = Sentence(
    fr=f"{MOST} clés d'accès au plus : retirez-en une d'abord",
    en=f"{MOST} passkeys at most: remove one first",
)
_NO_NAME: Final = Sentence(
    fr=f"Un nom de clé a de 1 à {LONGEST_NAME} caractères",
    en=f"A key's name has 1 to {LONGEST_NAME} characters",
)
_NOT_MADE: Final = Sentence(
    fr="La clé d'accès n'a pas été faite comme demandé, ou la demande a trop attendu : recommencez",
    en="The passkey was not made as asked, or the request waited too long: start again",
)


class PasskeyKeeping:
    """``codes`` reads those of somebody's telephone."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        codes: Callable[[Administrator, str], Proof | None],
        signing_in: SigningIn,
        ceremonies: Ceremonies,
        challenging: Challenging,
    ) -> None:
        self._store = store
        self._clock = clock
        self._signing_in = signing_in
        self._codes = codes
        self._ceremonies = ceremonies
        self._challenging = challenging

    async def of(self, administrator: AdministratorId) -> list[Passkey]:
        """The oldest first."""
        return await self._store.read(lambda tx: tx.passkeys.of(administrator))

    async def ask(self, here: Here, code: str, peer: str) -> str:
        """What his browser is asked, in JSON, for a code of his telephone.

        Raises ConsoleSignInRefused, AdministratorRefused, SignInPostponed, StoreBusyError.
        """
        found = here.administrator

        async def prove() -> Proof | None:
            return self._codes(found, code)

        def begin(tx: Transaction, _: Proof) -> tuple[bytes, list[Passkey]]:
            known = tx.passkeys.of(found.id)
            if len(known) >= MOST:
                raise AdministratorRefused(_TOO_MANY)
            return self._challenging.give(tx, Purpose.REGISTER, found.id, peer), known

        claim = Claim(account_of(found.name), found.name, "code", _WRONG_CODE)
        challenge, known = await self._signing_in.once_proven(claim, prove, peer, begin)
        asked = Asked(found.name, self._challenging.handles.of(found.id), [one.credential for one in known])
        return self._ceremonies.to_register(asked, challenge)

    async def add(self, here: Here, name: str, answer: str, peer: str) -> None:
        """Keep what his browser made. Raises AdministratorRefused, StoreBusyError."""
        named, found = " ".join(name.split()), here.administrator
        if not 0 < len(named) <= LONGEST_NAME or not named.isprintable():
            raise AdministratorRefused(_NO_NAME)
        try:
            challenge = self._ceremonies.said_to_register(answer)
            made = self._ceremonies.registered(answer, challenge)
        except CeremonyError as error:
            raise AdministratorRefused(_NOT_MADE) from error
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            if not self._challenging.take(tx, challenge, Purpose.REGISTER, found.id):
                raise AdministratorRefused(_NOT_MADE)
            try:
                tx.passkeys.add(found.id, made.credential, made.public_key, made.uses, named, now)
            except ValueError as error:  # another's: authenticators never make the same twice
                raise AdministratorRefused(_NOT_MADE) from error
            self._record(tx, here, "administrator_passkey_added", {"passkey": named, "peer": peer})

        await self._store.write(unit, "add a passkey")

    async def remove(self, here: Here, passkey: PasskeyId, peer: str) -> bool:
        """Whether he had it; every other session of his ends then. Raises StoreBusyError."""

        def unit(tx: Transaction) -> bool:
            name = tx.passkeys.remove(here.administrator.id, passkey)
            if name is None:
                return False
            tx.administrators.end_others(here.administrator.id, here.session.digest)
            self._record(tx, here, "administrator_passkey_removed", {"passkey": name, "peer": peer})
            return True

        return await self._store.write(unit, "remove a passkey")

    def _record(self, tx: Transaction, here: Here, event: str, detail: dict[str, str]) -> None:
        actor = f"operator:{here.administrator.name}"
        tx.journal.record(JournalEntry(self._clock.now(), actor, event, None, detail))
