"""The tables of ``store.administrators``, ``passkeys`` and ``warrants``: who may sign in, how, and read."""

from typing import ClassVar

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from vaguemestre.store.stored_table import BIG, CLUSTERED, StoredTable


class StoredAdministrator(StoredTable, table=True):
    """An account of the console: ``service.ports.administrator.Administrator``."""

    __tablename__: ClassVar[str] = "administrator"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    name: str = Field(unique=True)
    role: str
    is_enabled: bool
    created_at: int = Field(sa_type=BigInteger)
    signed_in_at: int | None = Field(sa_type=BigInteger)
    password: str | None
    second_factor: bytes
    step: int = Field(sa_type=BigInteger)
    enrolment: bytes | None = Field(unique=True)
    enrolment_until: int | None = Field(sa_type=BigInteger)


class StoredConsoleSession(StoredTable, table=True):
    """A browser that signed in, by the digest of what its cookie says."""

    __tablename__: ClassVar[str] = "console_session"
    __table_args__ = (CLUSTERED,)

    digest: bytes = Field(primary_key=True)
    administrator: int = Field(foreign_key="administrator.id", index=True, sa_type=BigInteger)
    began_at: int = Field(sa_type=BigInteger)
    seen_at: int = Field(sa_type=BigInteger)
    peer: str
    agent: str


class StoredLink(StoredTable, table=True):
    """What an OpenID provider calls an administrator: ``service.ports.administrator.Link``."""

    __tablename__: ClassVar[str] = "administrator_link"
    __table_args__ = (UniqueConstraint("issuer", "subject"), CLUSTERED)

    administrator: int = Field(primary_key=True, foreign_key="administrator.id", sa_type=BigInteger)
    issuer: str
    subject: str


class StoredPasskey(StoredTable, table=True):
    """A key that an administrator signs in with: ``service.ports.passkey.Passkey``."""

    __tablename__: ClassVar[str] = "passkey"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    administrator: int = Field(foreign_key="administrator.id", index=True, sa_type=BigInteger)
    credential: bytes = Field(unique=True)
    public_key: bytes
    uses: int = Field(sa_type=BigInteger)
    name: str
    made_at: int = Field(sa_type=BigInteger)
    used_at: int | None = Field(sa_type=BigInteger)


class StoredChallenge(StoredTable, table=True):
    """What a browser was given to answer, by its digest: ``service.ports.passkey.Challenge``."""

    __tablename__: ClassVar[str] = "console_challenge"
    __table_args__ = (CLUSTERED,)

    digest: bytes = Field(primary_key=True)
    purpose: str
    administrator: int | None = Field(foreign_key="administrator.id", sa_type=BigInteger)
    network: bytes = Field(index=True)
    until: int = Field(sa_type=BigInteger)


class StoredWarrant(StoredTable, table=True):
    """Who may read the contents of a bal, for a while: ``service.ports.warrant.Warrant``."""

    __tablename__: ClassVar[str] = "warrant"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    bal: int = Field(foreign_key="bal.id", index=True, sa_type=BigInteger)
    asker: int = Field(foreign_key="administrator.id", sa_type=BigInteger)
    reason: str
    asked_at: int = Field(sa_type=BigInteger)
    state: str
    until: int = Field(sa_type=BigInteger)
    decider: int | None = Field(foreign_key="administrator.id", sa_type=BigInteger)
    decided_at: int | None = Field(sa_type=BigInteger)
    ender: int | None = Field(foreign_key="administrator.id", sa_type=BigInteger)
    ended_at: int | None = Field(sa_type=BigInteger)
