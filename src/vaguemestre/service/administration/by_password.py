"""Signing in to the console with name, password and code of the telephone.

The three are asked together and refused together: nobody learns which was wrong, and a name that does not
exist takes as long as one that does.
"""

from typing import Final

from vaguemestre.mail.sentence import Sentence
from vaguemestre.service.administration.accounts import bound_to
from vaguemestre.service.administration.second_factor import Seals, step_of
from vaguemestre.service.administration.sessions import Browser, Here
from vaguemestre.service.administration.signing_in import Claim, Proof, SigningIn, account_of
from vaguemestre.service.ports.administrator import Administrator
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.store import Store
from vaguemestre.service.sign_in.passwords import Passwords

_REFUSAL: Final = Sentence(
    fr="Le nom, le mot de passe ou le code est faux",
    en="The name, the password or the code is wrong",
)


class ByPassword:
    """``seals`` keeps second factors."""

    def __init__(
        self, store: Store, clock: Clock, signing_in: SigningIn, passwords: Passwords, seals: Seals
    ) -> None:
        self._store = store
        self._clock = clock
        self._signing_in = signing_in
        self._passwords = passwords
        self._seals = seals

    async def sign_in(self, name: str, password: str, code: str, browser: Browser) -> Here:
        """A new session. Raises ConsoleSignInRefused, SignInPostponed, StoreBusyError."""
        folded = name.strip().lower()[:100]
        found = await self._store.read(lambda tx: tx.administrators.by_name(folded))

        async def prove() -> Proof | None:
            kept = found.password if found is not None and found.is_enabled else None
            right = await self._passwords.is_right(password, kept)
            if found is None or not right:
                return None
            return self.code_of(found, code)

        claim = Claim(account_of(folded), "?" if found is None else found.name, "password", _REFUSAL)
        return await self._signing_in.let_in(claim, prove, browser)

    def code_of(self, administrator: Administrator, code: str) -> Proof | None:
        """Proof that he has his telephone, if that is the code of the moment."""
        secret = self._seals.open(administrator.second_factor, bound_to(administrator.id))
        step = step_of(secret, code, self._clock.now())
        if step is None:
            return None
        return Proof(administrator, lambda tx, _: tx.administrators.use_step(administrator.id, step))
