"""The table of ``store.samples``: how the service was, minute by minute and hour by hour."""

from typing import ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field

from vaguemestre.store.stored_table import CLUSTERED, StoredTable


class StoredSample(StoredTable, table=True):
    """A number: ``service.ports.sample``. ``at`` in seconds since 1970, as spans are divided."""

    __tablename__: ClassVar[str] = "sample"
    __table_args__ = (CLUSTERED,)

    step: str = Field(primary_key=True)
    at: int = Field(primary_key=True, sa_type=BigInteger)
    series: str = Field(primary_key=True)
    label: str = Field(primary_key=True)
    value: float
