"""The tables of ``store.notifications``: where holders are told outside, and what waits to be told."""

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
