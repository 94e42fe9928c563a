"""The tables, described once, as SQLModel sees them. architecture.md, The vault.

Migrations are written from these and a test holds the two together; the hot path never makes one of
these objects, it reads rows (``store/statements.py``).

What would surprise: every time is an integer of microseconds since 1970 UTC, so that both databases
compare and keep it alike (``internal_date`` alone is in seconds, as IMAP says it). ``StoredMessage`` is
narrow and clustered by (mailbox, uid); octets lie in a table of their own, so that reading cards never
drags them along. ``kind`` stands again in each message, because the kind of a bal never changes
(domain.md §1) and expiry asks for it by an index; so does ``drawer``, which follows the mailbox.
``StoredBody.uses`` counts the messages that refer to it.
"""

from typing import ClassVar, Final

from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from vaguemestre.store import (
    schema_administration,
    schema_expiry,
    schema_health,
    schema_leaving,
    schema_outbound,
    schema_people,
    schema_sending,
    schema_solicitation,
    schema_statistics,
    schema_telling,
)
from vaguemestre.store.stored_table import BIG, CLUSTERED, StoredTable

ELSEWHERE: Final = (
    schema_administration,
    schema_expiry,
    schema_health,
    schema_leaving,
    schema_outbound,
    schema_people,
    schema_sending,
    schema_solicitation,
    schema_statistics,
    schema_telling,
)
"""Where the tables of warnings, leaving, people and more stand: importing them describes them."""

METADATA: Final = StoredTable.metadata
"""Every table, those in files of their own too."""


class StoredParty(StoredTable, table=True):
    """Somebody who writes or is written to; with an address here when he has no bal, but one elsewhere."""

    __tablename__: ClassVar[str] = "party"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    address_key: str | None = Field(unique=True)
    address: str | None
    met_at: int | None = Field(sa_type=BigInteger)


class StoredBal(StoredTable, table=True):
    """An account. ``address`` as it was spelled; ``last_uid_validity`` is the highest ever given in it."""

    __tablename__: ClassVar[str] = "bal"

    id: int | None = Field(default=None, primary_key=True, foreign_key="party.id", sa_type=BIG)
    address: str
    kind: str
    state: str
    name: str
    rpps: str | None
    finess: str | None
    quota: int = Field(sa_type=BigInteger)
    used: int = Field(sa_type=BigInteger)
    last_uid_validity: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    sector: str | None
    is_unlisted: bool = Field(sa_column_kwargs={"server_default": text("false")})


class StoredAlias(StoredTable, table=True):
    """Every address that leads to a bal, its own among them, by the key of ``mail.address``."""

    __tablename__: ClassVar[str] = "alias"
    __table_args__ = (CLUSTERED,)

    address_key: str = Field(primary_key=True)
    bal: int = Field(foreign_key="bal.id", index=True, sa_type=BigInteger)


class StoredMailbox(StoredTable, table=True):
    """A mailbox of a bal. Its row is what gives UIDs and modseqs.

    ``forgotten_modseq``: of what was expunged up to it, StoredExpunged may lack some.
    """

    __tablename__: ClassVar[str] = "mailbox"
    # AUTOINCREMENT: a session may still hold the number of a mailbox that was deleted.
    __table_args__ = (UniqueConstraint("bal", "name"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    bal: int = Field(foreign_key="bal.id", sa_type=BigInteger)
    name: str
    special_use: str | None
    subscribed: bool
    drawer: str = Field(sa_column_kwargs={"server_default": ""})
    uid_validity: int = Field(sa_type=BigInteger)
    uid_next: int = Field(sa_type=BigInteger)
    highest_modseq: int = Field(sa_type=BigInteger)
    forgotten_modseq: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})


class StoredDrawer(StoredTable, table=True):
    """A name the settings gave a delay of its own; mailboxes above ``walked_to`` may not know it yet.

    Those made after it know it from the start: ``walk_until`` is the greatest number there was before.
    """

    __tablename__: ClassVar[str] = "drawer"
    __table_args__ = (CLUSTERED,)

    name: str = Field(primary_key=True)
    walked_to: int = Field(sa_type=BigInteger)
    walk_until: int = Field(sa_type=BigInteger)


class StoredKeyword(StoredTable, table=True):
    """A keyword known to a bal and its bit in the flags; ``keyword_key`` is the name without case."""

    __tablename__: ClassVar[str] = "keyword"
    __table_args__ = (UniqueConstraint("bal", "keyword_key"), CLUSTERED)

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BigInteger)
    bit: int = Field(primary_key=True)
    name: str
    keyword_key: str


class StoredBody(StoredTable, table=True):
    """The identity, key and card of sealed octets. ``number`` grows, where ``id`` is random."""

    __tablename__: ClassVar[str] = "body"
    __table_args__ = (
        Index("body_by_day", "bal", "day"),
        Index(
            "body_objects",
            "location",
            sqlite_where=text("location IS NOT NULL"),
            postgresql_where=text("location IS NOT NULL"),
        ),
        Index(
            "body_orphans",
            "orphaned_at",
            sqlite_where=text("orphaned_at IS NOT NULL"),
            postgresql_where=text("orphaned_at IS NOT NULL"),
        ),
    )

    number: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    id: bytes = Field(unique=True)
    bal: int = Field(foreign_key="bal.id", sa_type=BigInteger)
    day: int
    size: int = Field(sa_type=BigInteger)
    location: str | None
    wrapped_key: bytes | None
    uses: int
    orphaned_at: int | None = Field(sa_type=BigInteger)
    card: bytes


class StoredOctets(StoredTable, table=True):
    """The sealed octets of a small body."""

    __tablename__: ClassVar[str] = "octets"

    body: int = Field(primary_key=True, foreign_key="body.number", sa_type=BIG)
    octets: bytes


class StoredMessage(StoredTable, table=True):
    """One message in one mailbox: the narrow columns. ``saved_at`` is of copies; else ``filed_at`` is it.

    ``drawer`` is that of its mailbox, and ``put_at`` when it was put there; none of most mailboxes.
    """

    __tablename__: ClassVar[str] = "message"
    __table_args__ = (
        Index("message_by_modseq", "mailbox", "modseq"),
        Index("message_by_age", "kind", "drawer", "filed_at"),
        Index(
            "message_by_drawer",
            "drawer",
            "put_at",
            sqlite_where=text("put_at IS NOT NULL"),
            postgresql_where=text("put_at IS NOT NULL"),
        ),
        Index(
            "message_by_conversation",
            "conversation",
            "mailbox",
            sqlite_where=text("conversation IS NOT NULL"),
            postgresql_where=text("conversation IS NOT NULL"),
        ),
        Index(
            "message_by_expiry",
            "expires_at",
            sqlite_where=text("expires_at IS NOT NULL"),
            postgresql_where=text("expires_at IS NOT NULL"),
        ),
        CLUSTERED,
    )

    mailbox: int = Field(primary_key=True, foreign_key="mailbox.id", sa_type=BigInteger)
    uid: int = Field(primary_key=True, sa_type=BigInteger)
    flags: int = Field(sa_type=BigInteger)
    modseq: int = Field(sa_type=BigInteger)
    size: int = Field(sa_type=BigInteger)
    internal_date: int = Field(sa_type=BigInteger)
    conversation: int | None = Field(sa_type=BigInteger)
    body: bytes
    kind: str
    filed_at: int = Field(sa_type=BigInteger)
    expires_at: int | None = Field(sa_type=BigInteger)
    saved_at: int | None = Field(sa_type=BigInteger)
    drawer: str = Field(sa_column_kwargs={"server_default": ""})
    put_at: int | None = Field(sa_type=BigInteger)


class StoredExpunged(StoredTable, table=True):
    """What a removed message leaves behind for QRESYNC (RFC 7162 §3.2), until it is forgotten."""

    __tablename__: ClassVar[str] = "expunged"
    __table_args__ = (CLUSTERED,)

    mailbox: int = Field(primary_key=True, foreign_key="mailbox.id", sa_type=BigInteger)
    modseq: int = Field(primary_key=True, sa_type=BigInteger)
    uid: int = Field(primary_key=True, sa_type=BigInteger)


class StoredConversation(StoredTable, table=True):
    """One thread between a citizen and professionals."""

    __tablename__: ClassVar[str] = "conversation"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    citizen: int = Field(foreign_key="party.id", index=True, sa_type=BigInteger)
    opened_at: int = Field(sa_type=BigInteger)
    last_message_at: int = Field(sa_type=BigInteger)


class StoredPair(StoredTable, table=True):
    """One professional's side of a conversation. ``citizen`` stands again here for its index."""

    __tablename__: ClassVar[str] = "pair"
    __table_args__ = (
        Index("pair_by_citizen", "citizen", "professional_key"),
        Index("pair_by_professional", "professional_key", "conversation"),
        Index(
            "pair_open",
            "conversation",
            "professional_key",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        CLUSTERED,
    )

    conversation: int = Field(primary_key=True, foreign_key="conversation.id", sa_type=BigInteger)
    professional_key: str = Field(primary_key=True)
    professional: str
    citizen: int = Field(foreign_key="party.id", sa_type=BigInteger)
    opened_at: int = Field(sa_type=BigInteger)
    closed_at: int | None = Field(sa_type=BigInteger)
    closed_by: str | None


class StoredClosingNotice(StoredTable, table=True):
    """Somebody to be told that a conversation was closed; gone once he was."""

    __tablename__: ClassVar[str] = "closing_notice"
    __table_args__ = (CLUSTERED,)

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BigInteger)
    conversation: int = Field(primary_key=True, foreign_key="conversation.id", sa_type=BigInteger)
    closed_by: str
    since: int = Field(sa_type=BigInteger)


class StoredReference(StoredTable, table=True):
    """A message identifier's keyed digest, and the conversation it leads to for one citizen."""

    __tablename__: ClassVar[str] = "reference"
    __table_args__ = (CLUSTERED,)

    citizen: int = Field(primary_key=True, foreign_key="party.id", sa_type=BigInteger)
    digest: bytes = Field(primary_key=True)
    conversation: int = Field(foreign_key="conversation.id", sa_type=BigInteger)


class StoredEntry(StoredTable, table=True):
    """One line of the journal. ``bal`` is no foreign key: a trace outlives what it speaks of.

    ``seq`` and ``head`` are its place in the chain: ``service.audit.chain``.
    """

    __tablename__: ClassVar[str] = "journal"
    __table_args__ = (
        Index("journal_by_bal", "bal", "id"),
        Index("journal_by_event", "event", "id"),
        Index(
            "journal_by_place",
            "seq",
            unique=True,
            sqlite_where=text("seq IS NOT NULL"),
            postgresql_where=text("seq IS NOT NULL"),
        ),
        Index(
            "journal_unchained",
            "id",
            sqlite_where=text("seq IS NULL"),
            postgresql_where=text("seq IS NULL"),
        ),
        Index(
            "journal_refusals",
            "event",
            "at",
            "detail",
            sqlite_where=text("event = 'refused'"),
            postgresql_where=text("event = 'refused'"),
        ),
        Index(
            "journal_refused",
            "event",
            "bal",
            "at",
            "detail",
            sqlite_where=text("event = 'refused'"),
            postgresql_where=text("event = 'refused'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    at: int = Field(sa_type=BigInteger)
    actor: str
    event: str
    bal: int | None = Field(sa_type=BigInteger)
    detail: str
    salt: bytes | None
    seal: bytes | None
    seq: int | None = Field(sa_type=BigInteger)
    head: bytes | None


class StoredBlock(StoredTable, table=True):
    """A professional whom a citizen has blocked, by address."""

    __tablename__: ClassVar[str] = "block"
    __table_args__ = (CLUSTERED,)

    citizen: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BigInteger)
    professional_key: str = Field(primary_key=True)
    professional: str
    since: int = Field(sa_type=BigInteger)
