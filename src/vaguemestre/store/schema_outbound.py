"""The tables of ``store.outbound``: mail for other operators that waits to be sent. domain.md §6."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from vaguemestre.store.stored_table import BIG, CLUSTERED, StoredTable


def _where_set(name: str, column: str) -> Index:
    """Few messages have a time of their own: the others cost this index nothing."""
    is_set = text(f"{column} IS NOT NULL")
    return Index(name, column, sqlite_where=is_set, postgresql_where=is_set)


class StoredOutbound(StoredTable, table=True):
    """A message, sealed once for all its recipients elsewhere. ``submission`` is no foreign key.

    ``left_at``: nothing of it waits any more. ``deliver_by``: ``store.deliver_by``.
    """

    __tablename__: ClassVar[str] = "outbound_message"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    submission: int | None = Field(sa_type=BigInteger)
    queue_id: str = Field(unique=True)
    reverse_path: str | None
    accepted_at: int = Field(sa_type=BigInteger)
    envelope_id: str
    returned: str
    requires_tls: bool
    deliver_by: int | None = Field(sa_type=BigInteger)
    deliver_by_mode: str = Field(sa_column_kwargs={"server_default": ""})
    left_at: int | None = Field(index=True, sa_type=BigInteger)
    body: bytes = Field(unique=True)
    day: int = Field(index=True)
    size: int = Field(sa_type=BigInteger)
    octets: bytes | None
    location: str | None = Field(index=True)
    wrapped_key: bytes | None
    card: bytes


class StoredOutboundDelivery(StoredTable, table=True):
    """What waits of a message for one destination: ``service.ports.outbound``.

    ``due_at`` is the end of the lease while there is one. ``withdraw_at``: it is not delivered after that;
    ``tell_at``: its sender is told by then, and is not yet.
    """

    __tablename__: ClassVar[str] = "outbound_delivery"
    __table_args__ = (
        Index("outbound_delivery_due", "state", "destination", "due_at", "message"),
        Index("outbound_delivery_late", "is_delay_told", "accepted_at"),
        Index("outbound_delivery_old", "accepted_at"),
        _where_set("outbound_delivery_withdrawn", "withdraw_at"),
        _where_set("outbound_delivery_told", "tell_at"),
        CLUSTERED,
    )

    message: int = Field(primary_key=True, foreign_key="outbound_message.id", sa_type=BigInteger)
    destination: str = Field(primary_key=True)
    accepted_at: int = Field(sa_type=BigInteger)
    state: str
    due_at: int = Field(sa_type=BigInteger)
    attempts: int
    crashes: int
    fence: int = Field(sa_type=BigInteger)
    owner: str
    is_delay_told: bool
    reason: str
    withdraw_at: int | None = Field(sa_type=BigInteger)
    tell_at: int | None = Field(sa_type=BigInteger)


class StoredOutboundRecipient(StoredTable, table=True):
    """One recipient who does not have it yet, and what the sender wishes to be told."""

    __tablename__: ClassVar[str] = "outbound_recipient"
    __table_args__ = (CLUSTERED,)

    message: int = Field(primary_key=True, foreign_key="outbound_message.id", sa_type=BigInteger)
    destination: str = Field(primary_key=True)
    recipient_key: str = Field(primary_key=True)
    recipient: str
    notify: str
    original: str


class StoredOutboundPause(StoredTable, table=True):
    """A destination that is left alone for a while."""

    __tablename__: ClassVar[str] = "outbound_pause"
    __table_args__ = (CLUSTERED,)

    destination: str = Field(primary_key=True)
    until: int = Field(sa_type=BigInteger)
    since: int = Field(sa_type=BigInteger)
    failures: int
    reason: str
