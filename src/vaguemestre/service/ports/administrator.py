"""Administrators of the console and their sessions, as the services see them in the database."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, NewType, Protocol

from vaguemestre.policy.administration import Role

AdministratorId = NewType("AdministratorId", int)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A link that somebody was given: the digest of its token, and until when it is good."""

    digest: bytes = field(repr=False)
    until: datetime


class Link(NamedTuple):
    """Somebody as an OpenID provider knows him: its own address, and what it calls him."""

    issuer: str
    subject: str


@dataclass(frozen=True, slots=True)
class Administrator:
    """Somebody who may sign in to the console, once enrolled: ``password`` is then a hash.

    ``second_factor`` is the sealed secret of the codes; ``step`` the last moment whose code was used;
    ``passkeys`` how many he has; ``link`` who he is to a provider that signs him in.
    """

    id: AdministratorId
    name: str
    role: Role
    is_enabled: bool
    created_at: datetime
    signed_in_at: datetime | None
    password: str | None = field(repr=False)
    second_factor: bytes = field(repr=False)
    step: int
    enrolment: Enrolment | None
    passkeys: int
    link: Link | None

    @property
    def is_enrolled(self) -> bool:
        """Whether a password was chosen."""
        return self.password is not None


@dataclass(frozen=True, slots=True)
class ConsoleSession:
    """One browser that signed in. ``digest`` is of what its cookie says."""

    digest: bytes = field(repr=False)
    administrator: AdministratorId
    began_at: datetime
    seen_at: datetime
    peer: str
    agent: str


class Administrators(Protocol):
    """The accounts of the console, and who is signed in."""

    def all(self) -> list[Administrator]:
        """By name."""
        ...

    def by_id(self, administrator: AdministratorId) -> Administrator | None: ...  # noqa: D102

    def by_name(self, name: str) -> Administrator | None:
        """Names are kept in small letters."""
        ...

    def by_enrolment(self, digest: bytes) -> Administrator | None:
        """Whose link it is, whether it is still good or not."""
        ...

    def add(self, name: str, role: Role, now: datetime) -> AdministratorId:
        """Raises ValueError when the name is taken."""
        ...

    def invite(self, administrator: AdministratorId, enrolment: Enrolment, second_factor: bytes) -> None:
        """Give him a link and a new second factor; a password he had is no more."""
        ...

    def enrol(self, administrator: AdministratorId, digest: bytes, password: str, step: int) -> bool:
        """Keep the hash of his password; the link is used. False when that is not his link any more."""
        ...

    def by_link(self, link: Link) -> Administrator | None:
        """Who is linked to that."""
        ...

    def link(self, administrator: AdministratorId, link: Link) -> None:
        """In place of one he had. It must be nobody else's."""
        ...

    def unlink(self, administrator: AdministratorId) -> bool:
        """Whether he had one."""
        ...

    def set_role(self, administrator: AdministratorId, role: Role) -> None: ...  # noqa: D102

    def set_enabled(self, administrator: AdministratorId, is_enabled: bool) -> None: ...  # noqa: D102

    def use_step(self, administrator: AdministratorId, step: int) -> bool:
        """He shows the code of that moment. False when that one, or a later one, was used."""
        ...

    def begin(self, session: ConsoleSession) -> None:
        """Somebody signed in."""
        ...

    def session(self, digest: bytes) -> ConsoleSession | None: ...  # noqa: D102

    def sessions(self, administrator: AdministratorId) -> list[ConsoleSession]:
        """The latest first."""
        ...

    def see(self, digest: bytes, now: datetime) -> None:
        """It is in use."""
        ...

    def end(self, digest: bytes) -> bool:
        """Whether there was one."""
        ...

    def end_all(self, administrator: AdministratorId) -> int:
        """How many there were."""
        ...

    def end_others(self, administrator: AdministratorId, but: bytes) -> int:
        """All but that one; how many there were."""
        ...

    def forget_sessions(self, began_before: datetime, seen_before: datetime) -> None:
        """Those that nobody can use any more."""
        ...
