"""PLAIN, LOGIN and IMAP's LOGIN command: the password itself comes over TLS. RFC 4616."""

from typing import Protocol

from vaguemestre.mail.credential import Credential
from vaguemestre.sasl.name_password import PASSWORD_CHALLENGE, USERNAME_CHALLENGE, parse_login, parse_plain
from vaguemestre.service.sign_in.accounts import Claim, SigningAccounts
from vaguemestre.service.sign_in.guessing import Guessing
from vaguemestre.service.sign_in.outcome import Channel, SignedIn, Step
from vaguemestre.service.sign_in.passwords import Passwords


class ChecksPassword(Protocol):
    """Who says whether a password is right."""

    async def sign_in(
        self, name: str, password: str, channel: Channel, mechanism: str, acts_as: str = ""
    ) -> SignedIn:
        """Raises SignInRefused, SignInPostponed, StoreBusyError."""
        ...


class PasswordCheck:
    """What the three share."""

    def __init__(self, accounts: SigningAccounts, passwords: Passwords, guessing: Guessing) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._guessing = guessing

    async def sign_in(
        self, name: str, password: str, channel: Channel, mechanism: str, acts_as: str = ""
    ) -> SignedIn:
        """The account of that address, if the password is one of its own and it may sign in.

        ``acts_as``: for whom, empty for himself. Raises SignInRefused, SignInPostponed, StoreBusyError.
        """
        claim = await self._accounts.claim(name, channel, mechanism, acts_as)
        credential = self._remembered(claim, password)
        if credential is None and self._passwords.is_known_wrong(claim.name, password, claim.credentials):
            raise await self._accounts.refuse(claim, "the same wrong password", counts=False)
        if credential is None:
            async with self._guessing.check(claim.guessed):
                credential = await self._found(claim, password)
                if credential is None:
                    raise await self._accounts.refuse(claim, "credentials")
        scram = None
        if credential.scram is None:
            salt = next((other.scram.salt for other in claim.credentials if other.scram is not None), None)
            scram = await self._passwords.scram_keys(password, salt)
        return await self._accounts.accept(claim, credential, scram)

    def _remembered(self, claim: Claim, password: str) -> Credential | None:
        if claim.bal is None:
            return None
        return self._passwords.remembered(claim.bal.id, password, claim.credentials)

    async def _found(self, claim: Claim, password: str) -> Credential | None:
        """A device's password would have been found without hashing: the account's own is left."""
        own = next((credential for credential in claim.credentials if not credential.device), None)
        right = await self._passwords.is_right(password, own.secret if own is not None else None)
        if not right:
            self._passwords.note_wrong(claim.name, password, claim.credentials)
        return own if right else None


class Plain:
    """RFC 4616 §2: one response holds everything."""

    first = b""

    def __init__(self, check: ChecksPassword, channel: Channel) -> None:
        self._check = check
        self._channel = channel

    async def step(self, response: bytes) -> Step:
        """The end, whatever it is."""
        said = parse_plain(response)
        return await self._check.sign_in(said.username, said.password, self._channel, "PLAIN", said.acts_as)


class Login:
    """Two challenges, two responses."""

    first = USERNAME_CHALLENGE

    def __init__(self, check: ChecksPassword, channel: Channel) -> None:
        self._check = check
        self._channel = channel
        self._username: bytes | None = None

    async def step(self, response: bytes) -> Step:
        """The second challenge, then the end."""
        if self._username is None:
            self._username = response
            return PASSWORD_CHALLENGE
        said = parse_login(self._username, response)
        return await self._check.sign_in(said.username, said.password, self._channel, "LOGIN")
