"""The tables of who is warned of expiry, as ``store.schema`` has the others. domain.md §3."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from vaguemestre.store.stored_table import CLUSTERED, StoredTable


class StoredWalk(StoredTable, table=True):
    """How far a walk has come that warns of expiry: ``service.ports.warning.Walk``."""

    __tablename__: ClassVar[str] = "expiry_walk"
    __table_args__ = (CLUSTERED,)

    name: str = Field(primary_key=True)
    reached: int = Field(sa_type=BigInteger)
    goal: int | None = Field(sa_type=BigInteger)
    cleared: int | None = Field(sa_type=BigInteger)


class StoredDigest(StoredTable, table=True):
    """Up to when a holder was told what is going to go, and whether he is owed another word."""

    __tablename__: ClassVar[str] = "expiry_digest"
    __table_args__ = (
        Index(
            "expiry_digest_owed",
            "bal",
            sqlite_where=text("owed = 1"),
            postgresql_where=text("owed = 1"),
        ),
        CLUSTERED,
    )

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BigInteger)
    announced: int | None = Field(sa_type=BigInteger)
    owed: int
