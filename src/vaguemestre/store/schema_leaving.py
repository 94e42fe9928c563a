"""The tables of who leaves, and what is kept of him, as ``store.schema`` has the others. domain.md §2."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from vaguemestre.store.stored_table import BIG, StoredTable


class StoredDeparture(StoredTable, table=True):
    """An account that has left and still has conversations to be closed."""

    __tablename__: ClassVar[str] = "departure"

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BIG)
    actor: str
    begun_at: int = Field(sa_type=BigInteger)


class StoredArchive(StoredTable, table=True):
    """What a citizen's mailbox held when it was closed; the row outlives its content."""

    __tablename__: ClassVar[str] = "archive"
    __table_args__ = (Index("archive_by_state", "state", "expires_at"),)

    id: str = Field(primary_key=True)
    bal: int = Field(foreign_key="bal.id", index=True, sa_type=BigInteger)
    state: str
    recipient: str
    closed_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    messages: int = Field(sa_type=BigInteger)
    octets: int = Field(sa_type=BigInteger)


class StoredArchivedMessage(StoredTable, table=True):
    """One message of an archive: it is in no mailbox."""

    __tablename__: ClassVar[str] = "archived_message"
    __table_args__ = (Index("archived_message_of", "archive", "number"),)

    number: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    archive: str = Field(foreign_key="archive.id")
    mailbox: str
    flags: int = Field(sa_type=BigInteger)
    size: int = Field(sa_type=BigInteger)
    internal_date: int = Field(sa_type=BigInteger)
    conversation: int | None = Field(sa_type=BigInteger)
    body: bytes
    expires_at: int | None = Field(sa_type=BigInteger)


class StoredErasure(StoredTable, table=True):
    """An erasure on request in hand, and what it has destroyed so far; ``data_keys`` is a list in JSON."""

    __tablename__: ClassVar[str] = "erasure"

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BIG)
    id: str
    begun_at: int = Field(sa_type=BigInteger)
    actor: str
    reason: str
    data_keys: str
    messages: int = Field(sa_type=BigInteger)
    octets: int = Field(sa_type=BigInteger)
    bodies: int = Field(sa_type=BigInteger)
    conversations: int = Field(sa_type=BigInteger)


class StoredPresence(StoredTable, table=True):
    """The day on which an account was last seen, and that of the warning since; days since 1970."""

    __tablename__: ClassVar[str] = "presence"

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BIG)
    seen_on: int = Field(index=True)
    warned_on: int | None
