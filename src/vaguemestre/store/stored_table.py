"""What all tables share; ``store.schema`` says how their columns are written."""

from typing import ClassVar, Final

from sqlalchemy import BigInteger, Integer, MetaData
from sqlmodel import SQLModel

BIG: Final = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows itself only in INTEGER columns."""

CLUSTERED: Final = {"sqlite_with_rowid": False}
"""The primary key is the table: one lookup and not two."""


class StoredTable(SQLModel):
    """What all tables share: a metadata of their own, apart from any other database of the process."""

    metadata: ClassVar[MetaData] = MetaData()
