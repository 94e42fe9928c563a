"""The tables of ``store.statistics``: sums of a month, and how far was counted. domain.md §8."""

from typing import ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field

from vaguemestre.store.stored_table import BIG, CLUSTERED, StoredTable


class StoredStatistic(StoredTable, table=True):
    """A sum: ``service.ports.statistics.Cell``. Nobody is named in it."""

    __tablename__: ClassVar[str] = "statistic"
    __table_args__ = (CLUSTERED,)

    month: str = Field(primary_key=True)
    domain: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    figure: str = Field(primary_key=True)
    about: str = Field(primary_key=True)
    value: int = Field(sa_type=BigInteger)


class StoredStatisticCursor(StoredTable, table=True):
    """The one row that says how far was counted: a place of the chain, a number of a submission."""

    __tablename__: ClassVar[str] = "statistic_cursor"

    id: int = Field(primary_key=True, sa_type=BIG)
    since: str
    journal: int = Field(sa_type=BigInteger)
    traces: int = Field(sa_type=BigInteger)
