"""The tables of signing in, and of who may read whose mailbox, beside ``store.schema``. domain.md §5."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from vaguemestre.store.stored_table import BIG, CLUSTERED, StoredTable


class StoredSecret(StoredTable, table=True):
    """A password of a bal, its own where ``device`` is empty: what is kept of it, and its SCRAM keys."""

    __tablename__: ClassVar[str] = "secret"
    __table_args__ = (UniqueConstraint("bal", "device"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    bal: int = Field(foreign_key="bal.id", sa_type=BigInteger)
    device: str
    kept: str
    salt: bytes | None
    iterations: int | None
    stored_key: bytes | None
    server_key: bytes | None
    created_at: int = Field(sa_type=BigInteger)
    last_used_at: int | None = Field(sa_type=BigInteger)


class StoredCertificate(StoredTable, table=True):
    """A bal that clients with a certificate of that subject open; ``subject_key`` is what is compared."""

    __tablename__: ClassVar[str] = "client_certificate"
    __table_args__ = (CLUSTERED,)

    subject_key: str = Field(primary_key=True)
    bal: int = Field(primary_key=True, foreign_key="bal.id", index=True, sa_type=BigInteger)
    subject: str


class StoredFailure(StoredTable, table=True):
    """Sign-ins that failed, under a keyed digest of the account or of the network they came from."""

    __tablename__: ClassVar[str] = "sign_in_failure"
    __table_args__ = (CLUSTERED,)

    failure_key: bytes = Field(primary_key=True)
    failures: float
    failed_at: int = Field(index=True, sa_type=BigInteger)


class StoredGrant(StoredTable, table=True):
    """That ``reader`` may read a bal; ``rights`` are words parted by commas."""

    __tablename__: ClassVar[str] = "access_grant"
    __table_args__ = (
        Index("access_grant_by_bal", "bal", "reader"),
        Index("access_grant_by_reader", "reader"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    bal: int = Field(foreign_key="bal.id", sa_type=BigInteger)
    reader: int = Field(foreign_key="bal.id", sa_type=BigInteger)
    kind: str
    rights: str
    starts_at: int = Field(sa_type=BigInteger)
    ends_at: int | None = Field(sa_type=BigInteger)
    granted_by: str
    granted_at: int = Field(sa_type=BigInteger)
    reason: str
    revoked_at: int | None = Field(sa_type=BigInteger)


class StoredDeed(StoredTable, table=True):
    """How often a reader did something in a bal, in the visit that goes on."""

    __tablename__: ClassVar[str] = "access_deed"
    __table_args__ = (CLUSTERED,)

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BigInteger)
    reader: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BigInteger)
    deed: str = Field(primary_key=True)
    done: int = Field(sa_type=BigInteger)
    began_at: int = Field(sa_type=BigInteger)
    last_at: int = Field(sa_type=BigInteger)


class StoredHolderWord(StoredTable, table=True):
    """A word by which an account of a professional is found, in octets of UTF-8."""

    __tablename__: ClassVar[str] = "holder_word"
    __table_args__ = (CLUSTERED,)

    word: bytes = Field(primary_key=True)
    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BigInteger)


class StoredBirthDate(StoredTable, table=True):
    """When a minor was born, as the number of the day since 0001-01-01."""

    __tablename__: ClassVar[str] = "birth_date"
    __table_args__ = (Index("birth_date_by_day", "born"),)

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BIG)
    born: int
