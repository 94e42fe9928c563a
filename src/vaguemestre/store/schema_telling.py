"""The tables of what people are told outside, and what waits to be told: holders, and people elsewhere."""

from typing import ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field

from vaguemestre.store.stored_table import CLUSTERED, StoredTable


class StoredContact(StoredTable, table=True):
    """Where a holder is told that something arrived: sealed as the card of a message is."""

    __tablename__: ClassVar[str] = "contact"
    __table_args__ = (CLUSTERED,)

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BigInteger)
    id: bytes
    day: int
    card: bytes
    kind: str
    is_on: bool


class StoredNotification(StoredTable, table=True):
    """What waits to be told to a holder: ``service.ports.notification``. ``again``: what came meanwhile."""

    __tablename__: ClassVar[str] = "notification"
    __table_args__ = (CLUSTERED,)

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BigInteger)
    first_uid: int = Field(sa_type=BigInteger)
    named_uid: int = Field(sa_type=BigInteger)
    since: int = Field(sa_type=BigInteger)
    waits_from: int | None = Field(index=True, sa_type=BigInteger)
    attempts: int
    leased_until: int | None = Field(sa_type=BigInteger)
    again_uid: int | None = Field(sa_type=BigInteger)
    again_at: int | None = Field(sa_type=BigInteger)
    reason: str


class StoredClosingElsewhere(StoredTable, table=True):
    """Somebody at another operator to be told that a conversation was closed, or opened again."""

    __tablename__: ClassVar[str] = "closing_elsewhere"
    __table_args__ = (CLUSTERED,)

    whom: str = Field(primary_key=True)
    professional_key: str = Field(primary_key=True)
    conversation: int = Field(primary_key=True, foreign_key="conversation.id", index=True, sa_type=BigInteger)
    professional: str
    closed_by: str | None
    since: int = Field(sa_type=BigInteger)
