"""Passkeys of administrators, and ceremonies that began with a challenge, as the services see them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType, Protocol

from vaguemestre.service.ports.administrator import AdministratorId

PasskeyId = NewType("PasskeyId", int)


@dataclass(frozen=True, slots=True)
class Passkey:
    """One key of an administrator. ``uses`` is what its counter said last, 0 for keys that count nothing."""

    id: PasskeyId
    administrator: AdministratorId
    credential: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    uses: int
    name: str
    made_at: datetime
    used_at: datetime | None


class Purpose(StrEnum):
    """What a challenge was given for: an answer to one is none to another."""

    REGISTER = "register"
    SIGN_IN = "sign in"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Challenge:
    """Octets that were given to a browser, by their digest. ``network`` says to whom, without naming it.

    ``administrator`` is who asked, where somebody is signed in.
    """

    digest: bytes = field(repr=False)
    purpose: Purpose
    administrator: AdministratorId | None
    network: bytes
    until: datetime


class Passkeys(Protocol):
    """The keys."""

    def of(self, administrator: AdministratorId) -> list[Passkey]:
        """The oldest first."""
        ...

    def by_credential(self, credential: bytes) -> Passkey | None:
        """By what the authenticator calls it."""
        ...

    def add(
        self,
        administrator: AdministratorId,
        credential: bytes,
        public_key: bytes,
        uses: int,
        name: str,
        now: datetime,
    ) -> PasskeyId:
        """Raises ValueError when there is one of that credential."""
        ...

    def use(self, passkey: PasskeyId, uses: int, now: datetime) -> bool:
        """He signs in with it. False when it is gone, or its counter did not go up."""
        ...

    def remove(self, administrator: AdministratorId, passkey: PasskeyId) -> str | None:
        """Its name; None when he has none of that number."""
        ...

    def remove_all(self, administrator: AdministratorId) -> int:
        """How many there were."""
        ...


class Challenges(Protocol):
    """What was given to browsers and has not come back."""

    def give(self, challenge: Challenge) -> None: ...  # noqa: D102

    def given(self, network: bytes, now: datetime) -> int:
        """How many of a network are still good."""
        ...

    def take(
        self, digest: bytes, purpose: Purpose, administrator: AdministratorId | None, now: datetime
    ) -> bool:
        """It came back. False when it was never given so, came back before, or is too old."""
        ...

    def forget(self, now: datetime) -> None:
        """Those that are too old."""
        ...
