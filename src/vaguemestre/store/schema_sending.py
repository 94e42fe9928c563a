"""The tables of what was sent and what became of it, as ``store.schema`` has the others. domain.md §4."""

from typing import ClassVar

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from vaguemestre.store.stored_table import BIG, CLUSTERED, StoredTable


class StoredSubmission(StoredTable, table=True):
    """A message that was accepted: by which identifiers it is known, when, for how many recipients.

    ``tls`` is what its sender wished of TLS (``mail.tls_wish``); ``actor`` who wrote in his name;
    ``release_at`` is the hour of one that was held; ``deliver_by``: ``store.deliver_by``.
    """

    __tablename__: ClassVar[str] = "submission"
    __table_args__ = (Index("submission_by_sender", "sender", "accepted_at", "recipients"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    queue_id: str = Field(unique=True)
    sender: int = Field(foreign_key="party.id", sa_type=BigInteger)
    identifier: bytes | None = Field(index=True)
    fingerprint: bytes | None = Field(unique=True)
    accepted_at: int = Field(index=True, sa_type=BigInteger)
    recipients: int = Field(sa_column_kwargs={"server_default": "1"})
    tls: str = Field(sa_column_kwargs={"server_default": ""})
    actor: int | None = Field(sa_type=BigInteger)
    release_at: int | None = Field(sa_type=BigInteger)
    deliver_by: int | None = Field(sa_type=BigInteger)
    deliver_by_mode: str = Field(sa_column_kwargs={"server_default": ""})


class StoredHeld(StoredTable, table=True):
    """A message that waits to be released. ``mailbox`` is no foreign key: who deletes it cancels."""

    __tablename__: ClassVar[str] = "held"
    __table_args__ = (
        UniqueConstraint("mailbox", "uid"),
        Index("held_by_hour", "due_at"),
        Index("held_by_sender", "sender"),
    )

    submission: int = Field(primary_key=True, foreign_key="submission.id", sa_type=BIG)
    sender: int = Field(foreign_key="bal.id", sa_type=BigInteger)
    mailbox: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger)
    envelope: str
    release_at: int = Field(sa_type=BigInteger)
    due_at: int = Field(sa_type=BigInteger)


class StoredFate(StoredTable, table=True):
    """What became of it for one recipient."""

    __tablename__: ClassVar[str] = "fate"
    __table_args__ = (Index("fate_by_recipient", "recipient_key", "submission"), CLUSTERED)

    submission: int = Field(primary_key=True, foreign_key="submission.id", sa_type=BigInteger)
    recipient_key: str = Field(primary_key=True)
    recipient: str
    body: bytes | None = Field(index=True)
    state: str
    at: int = Field(sa_type=BigInteger)
    status: str
    reason: str
    reason_french: str = Field(sa_column_kwargs={"server_default": ""})
    wants_receipt: bool


class StoredReport(StoredTable, table=True):
    """Somebody to be told what became of a message for one recipient; gone once he was."""

    __tablename__: ClassVar[str] = "report"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    submission: int = Field(foreign_key="submission.id", index=True, sa_type=BigInteger)
    recipient_key: str
    kind: str
    original: str
    envelope_id: str
