"""Signing in to the console with a passkey, and nothing else: it stands for name, password and telephone.

No name is asked: the key says whose it is, and every browser is asked the same, so nobody learns here which
names there are. A key whose counter did not go up since it was last used may have been copied: refused.
"""

from datetime import datetime
from typing import Final

import structlog

from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.administration.ceremonies import Ceremonies, CeremonyError, Said
from vaguemestre.service.administration.challenges import Challenging
from vaguemestre.service.administration.sessions import Browser, Here
from vaguemestre.service.administration.signing_in import Claim, Proof, SigningIn, account_of
from vaguemestre.service.ports.administrator import Administrator
from vaguemestre.service.ports.passkey import Passkey, Purpose
from vaguemestre.service.ports.store import Store, Transaction

_REFUSAL: Final = Sentence(
    fr="Cette clé d'accès n'ouvre pas la console, ou la demande a trop attendu : recommencez",
    en="This passkey does not open the console, or the request waited too long: start again",
)

_log = structlog.get_logger()


class ByPasskey:
    """``ceremonies`` reads and verifies what browsers answer."""

    def __init__(
        self,
        store: Store,
        signing_in: SigningIn,
        ceremonies: Ceremonies,
        challenging: Challenging,
    ) -> None:
        self.ceremonies = ceremonies
        self._store = store
        self._signing_in = signing_in
        self._challenging = challenging

    async def ask(self, peer: str) -> str:
        """What a browser is asked, in JSON. Raises SignInPostponed, StoreBusyError."""
        await self._store.read(lambda tx: self._challenging.require_room(tx, peer))
        challenge = await self._store.write(
            lambda tx: self._challenging.give(tx, Purpose.SIGN_IN, None, peer), "ask for a passkey"
        )
        return self.ceremonies.to_sign_in(challenge)

    async def sign_in(self, answer: str, browser: Browser) -> Here:
        """A new session. Raises ConsoleSignInRefused, SignInPostponed, StoreBusyError."""
        said, passkey, found = await self._claimed(answer)

        async def prove() -> Proof | None:
            if said is None or passkey is None or found is None or not found.is_enabled:
                return None
            if said.handle != self._challenging.handles.of(found.id):
                return None
            try:
                uses = self.ceremonies.verified(answer, said.challenge, passkey)
            except CeremonyError as error:
                _log.warning("passkey_refused", name=found.name, reason=str(error))
                return None

            def spend(tx: Transaction, now: datetime) -> bool:
                taken = self._challenging.take(tx, said.challenge, Purpose.SIGN_IN, None)
                return taken and tx.passkeys.use(passkey.id, uses, now)

            return Proof(found, spend, passkey.name)

        name = "?" if found is None else found.name
        # Guesses with keys that nobody has are counted against where they come from, and against no account.
        account = account_of(f"?{browser.peer}" if found is None else name)
        return await self._signing_in.let_in(Claim(account, name, "passkey", _REFUSAL), prove, browser)

    async def _claimed(self, answer: str) -> tuple[Said | None, Passkey | None, Administrator | None]:
        """What an answer claims: nothing of it is believed yet."""
        try:
            said = self.ceremonies.said(answer)
        except CeremonyError:
            return None, None, None

        def unit(tx: Transaction) -> tuple[Passkey | None, Administrator | None]:
            passkey = tx.passkeys.by_credential(said.credential)
            return passkey, None if passkey is None else tx.administrators.by_id(passkey.administrator)

        return said, *await self._store.read(unit)
