"""Secrets, certificates and failed sign-ins, as the services see them. See ``store``, beside."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.mail.credential import Credential, CredentialId, ScramKeys
from vaguemestre.mail.distinguished_name import DistinguishedName


@dataclass(frozen=True, slots=True)
class NewSecret:
    """What is kept of a password: see ``mail.credential.Credential``."""

    kept: str = field(repr=False)
    scram: ScramKeys | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Failures:
    """Sign-ins that failed: how many, decayed to the moment of the last one."""

    count: float
    at: datetime


class SignIns(Protocol):
    """The secrets that accounts sign in with, and the sign-ins that failed."""

    def credentials(self, bal: BalId) -> list[Credential]:
        """The account's own password first, then its devices' by age."""
        ...

    def set_password(self, bal: BalId, secret: NewSecret, now: datetime) -> None:
        """The account's own; replaces the one before."""
        ...

    def add_device(self, bal: BalId, device: str, secret: NewSecret, now: datetime) -> None:
        """Raises ValueError when the account has a device of that name."""
        ...

    def remove_device(self, bal: BalId, device: str) -> bool:
        """Whether there was one."""
        ...

    def set_scram(self, credential: CredentialId, keys: ScramKeys) -> None:
        """Of a password kept before there was SCRAM, now that it was seen."""
        ...

    def used(self, credential: CredentialId, now: datetime) -> None:
        """It was signed in with."""
        ...

    def certificates(self, bal: BalId) -> list[DistinguishedName]:
        """The subjects of the client certificates that open an account, by text."""
        ...

    def opened_by(self, name_key: str) -> list[Bal]:
        """The accounts that the certificates of a subject open, by address."""
        ...

    def add_certificate(self, bal: BalId, subject: DistinguishedName) -> None:
        """Nothing happens when it is there."""
        ...

    def remove_certificate(self, bal: BalId, name_key: str) -> bool:
        """Whether there was one."""
        ...

    def failures(self, keys: Sequence[bytes]) -> dict[bytes, Failures]:
        """Those there are."""
        ...

    def set_failures(self, key: bytes, failures: Failures | None) -> None:
        """None forgets them."""
        ...

    def forget_failures(self, before: datetime) -> None:
        """Whose last is older."""
        ...
