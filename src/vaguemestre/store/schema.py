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

from typing import ClassVar

from sqlalchemy import BigInteger, Index, Integer, MetaData, UniqueConstraint, text
from sqlmodel import Field, SQLModel

_BIG = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows itself only in INTEGER columns
_CLUSTERED = {"sqlite_with_rowid": False}  # the primary key is the table: one lookup and not two


class StoredTable(SQLModel):
    """What all tables share: a metadata of their own, apart from any other database of the process."""

    metadata: ClassVar[MetaData] = MetaData()


class StoredBal(StoredTable, table=True):
    """An account. ``address`` as it was spelled; ``last_uid_validity`` is the highest ever given in it."""

    __tablename__: ClassVar[str] = "bal"

    id: int | None = Field(default=None, primary_key=True, sa_type=_BIG)
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


class StoredAlias(StoredTable, table=True):
    """Every address that leads to a bal, its own among them, by the key of ``mail.address``."""

    __tablename__: ClassVar[str] = "alias"
    __table_args__ = (_CLUSTERED,)

    address_key: str = Field(primary_key=True)
    bal: int = Field(foreign_key="bal.id", index=True, sa_type=BigInteger)


class StoredSecret(StoredTable, table=True):
    """A password of a bal, its own where ``device`` is empty: what is kept of it, and its SCRAM keys."""

    __tablename__: ClassVar[str] = "secret"
    __table_args__ = (UniqueConstraint("bal", "device"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=_BIG)
    bal: int = Field(foreign_key="bal.id", sa_type=BigInteger)
    device: str
    kept: str
    salt: bytes | None
    iterations: int | None
    stored_key: bytes | None
    server_key: bytes | None
    created_at: int = Field(sa_type=BigInteger)
    last_used_at: int | None = Field(sa_type=BigInteger)


class StoredCertificate(StoredTable, table=True):
    """A bal that clients with a certificate of that subject open; ``subject_key`` is what is compared."""

    __tablename__: ClassVar[str] = "client_certificate"
    __table_args__ = (_CLUSTERED,)

    subject_key: str = Field(primary_key=True)
    bal: int = Field(primary_key=True, foreign_key="bal.id", index=True, sa_type=BigInteger)
    subject: str


class StoredFailure(StoredTable, table=True):
    """Sign-ins that failed, under a keyed digest of the account or of the network they came from."""

    __tablename__: ClassVar[str] = "sign_in_failure"
    __table_args__ = (_CLUSTERED,)

    failure_key: bytes = Field(primary_key=True)
    failures: float
    failed_at: int = Field(index=True, sa_type=BigInteger)


class StoredGrant(StoredTable, table=True):
    """That ``reader`` may read a bal; ``rights`` are words parted by commas."""

    __tablename__: ClassVar[str] = "access_grant"
    __table_args__ = (
        Index("access_grant_by_bal", "bal", "reader"),
        Index("access_grant_by_reader", "reader"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=_BIG)
    bal: int = Field(foreign_key="bal.id", sa_type=BigInteger)
    reader: int = Field(foreign_key="bal.id", sa_type=BigInteger)
    kind: str
    rights: str
    starts_at: int = Field(sa_type=BigInteger)
    ends_at: int | None = Field(sa_type=BigInteger)
    granted_by: str
    granted_at: int = Field(sa_type=BigInteger)
    reason: str
    revoked_at: int | None = Field(sa_type=BigInteger)


class StoredBirthDate(StoredTable, table=True):
    """When a minor was born, as the number of the day since 0001-01-01."""

    __tablename__: ClassVar[str] = "birth_date"
    __table_args__ = (Index("birth_date_by_day", "born"),)

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=_BIG)
    born: int


class StoredMailbox(StoredTable, table=True):
    """A mailbox of a bal. Its row is what gives UIDs and modseqs.

    ``forgotten_modseq``: of what was expunged up to it, StoredExpunged may lack some.
    """

    __tablename__: ClassVar[str] = "mailbox"
    # AUTOINCREMENT: a session may still hold the number of a mailbox that was deleted.
    __table_args__ = (UniqueConstraint("bal", "name"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=_BIG)
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
    __table_args__ = (_CLUSTERED,)

    name: str = Field(primary_key=True)
    walked_to: int = Field(sa_type=BigInteger)
    walk_until: int = Field(sa_type=BigInteger)


class StoredKeyword(StoredTable, table=True):
    """A keyword known to a bal and its bit in the flags; ``keyword_key`` is the name without case."""

    __tablename__: ClassVar[str] = "keyword"
    __table_args__ = (UniqueConstraint("bal", "keyword_key"), _CLUSTERED)

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

    number: int | None = Field(default=None, primary_key=True, sa_type=_BIG)
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

    body: int = Field(primary_key=True, foreign_key="body.number", sa_type=_BIG)
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
        _CLUSTERED,
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
    __table_args__ = (_CLUSTERED,)

    mailbox: int = Field(primary_key=True, foreign_key="mailbox.id", sa_type=BigInteger)
    modseq: int = Field(primary_key=True, sa_type=BigInteger)
    uid: int = Field(primary_key=True, sa_type=BigInteger)


class StoredConversation(StoredTable, table=True):
    """One thread between a citizen and professionals."""

    __tablename__: ClassVar[str] = "conversation"

    id: int | None = Field(default=None, primary_key=True, sa_type=_BIG)
    citizen: int = Field(foreign_key="bal.id", index=True, sa_type=BigInteger)
    opened_at: int = Field(sa_type=BigInteger)
    last_message_at: int = Field(sa_type=BigInteger)


class StoredPair(StoredTable, table=True):
    """One professional's side of a conversation. ``citizen`` stands again here for its index."""

    __tablename__: ClassVar[str] = "pair"
    __table_args__ = (
        Index("pair_by_citizen", "citizen", "professional_key"),
        Index("pair_by_professional", "professional_key"),
        Index(
            "pair_open",
            "conversation",
            "professional_key",
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        _CLUSTERED,
    )

    conversation: int = Field(primary_key=True, foreign_key="conversation.id", sa_type=BigInteger)
    professional_key: str = Field(primary_key=True)
    professional: str
    citizen: int = Field(foreign_key="bal.id", sa_type=BigInteger)
    opened_at: int = Field(sa_type=BigInteger)
    closed_at: int | None = Field(sa_type=BigInteger)
    closed_by: str | None


class StoredClosingNotice(StoredTable, table=True):
    """Somebody to be told that a conversation was closed; gone once he was."""

    __tablename__: ClassVar[str] = "closing_notice"
    __table_args__ = (_CLUSTERED,)

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BigInteger)
    conversation: int = Field(primary_key=True, foreign_key="conversation.id", sa_type=BigInteger)
    closed_by: str
    since: int = Field(sa_type=BigInteger)


class StoredReference(StoredTable, table=True):
    """A message identifier's keyed digest, and the conversation it leads to for one citizen."""

    __tablename__: ClassVar[str] = "reference"
    __table_args__ = (_CLUSTERED,)

    citizen: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BigInteger)
    digest: bytes = Field(primary_key=True)
    conversation: int = Field(foreign_key="conversation.id", sa_type=BigInteger)


class StoredSubmission(StoredTable, table=True):
    """A message that was accepted: by which identifiers it is known, when, for how many recipients.

    ``tls`` is what its sender wished of TLS (``mail.tls_wish``); ``actor`` who wrote in his name;
    ``release_at`` is the hour of one that was held.
    """

    __tablename__: ClassVar[str] = "submission"
    __table_args__ = (Index("submission_by_sender", "sender", "accepted_at", "recipients"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=_BIG)
    queue_id: str = Field(unique=True)
    sender: int = Field(foreign_key="bal.id", sa_type=BigInteger)
    identifier: bytes | None = Field(index=True)
    fingerprint: bytes | None = Field(unique=True)
    accepted_at: int = Field(index=True, sa_type=BigInteger)
    recipients: int = Field(sa_column_kwargs={"server_default": "1"})
    tls: str = Field(sa_column_kwargs={"server_default": ""})
    actor: int | None = Field(sa_type=BigInteger)
    release_at: int | None = Field(sa_type=BigInteger)


class StoredHeld(StoredTable, table=True):
    """A message that waits to be released. ``mailbox`` is no foreign key: who deletes it cancels."""

    __tablename__: ClassVar[str] = "held"
    __table_args__ = (
        UniqueConstraint("mailbox", "uid"),
        Index("held_by_hour", "due_at"),
        Index("held_by_sender", "sender"),
    )

    submission: int = Field(primary_key=True, foreign_key="submission.id", sa_type=_BIG)
    sender: int = Field(foreign_key="bal.id", sa_type=BigInteger)
    mailbox: int = Field(sa_type=BigInteger)
    uid: int = Field(sa_type=BigInteger)
    envelope: str
    release_at: int = Field(sa_type=BigInteger)
    due_at: int = Field(sa_type=BigInteger)


class StoredFate(StoredTable, table=True):
    """What became of it for one recipient."""

    __tablename__: ClassVar[str] = "fate"
    __table_args__ = (_CLUSTERED,)

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

    id: int | None = Field(default=None, primary_key=True, sa_type=_BIG)
    submission: int = Field(foreign_key="submission.id", index=True, sa_type=BigInteger)
    recipient_key: str
    kind: str
    original: str
    envelope_id: str


class StoredEntry(StoredTable, table=True):
    """One line of the journal. ``bal`` is no foreign key: a trace outlives what it speaks of."""

    __tablename__: ClassVar[str] = "journal"
    __table_args__ = (Index("journal_by_bal", "bal", "id"), Index("journal_by_event", "event", "id"))

    id: int | None = Field(default=None, primary_key=True, sa_type=_BIG)
    at: int = Field(sa_type=BigInteger)
    actor: str
    event: str
    bal: int | None = Field(sa_type=BigInteger)
    detail: str


class StoredDeparture(StoredTable, table=True):
    """An account that has left and still has conversations to be closed."""

    __tablename__: ClassVar[str] = "departure"

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=_BIG)
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

    number: int | None = Field(default=None, primary_key=True, sa_type=_BIG)
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

    bal: int = Field(primary_key=True, foreign_key="bal.id", sa_type=_BIG)
    id: str
    begun_at: int = Field(sa_type=BigInteger)
    actor: str
    reason: str
    data_keys: str
    messages: int = Field(sa_type=BigInteger)
    octets: int = Field(sa_type=BigInteger)
    bodies: int = Field(sa_type=BigInteger)
    conversations: int = Field(sa_type=BigInteger)


class StoredBlock(StoredTable, table=True):
    """A professional whom a citizen has blocked, by address."""

    __tablename__: ClassVar[str] = "block"
    __table_args__ = (_CLUSTERED,)

    citizen: int = Field(primary_key=True, foreign_key="bal.id", sa_type=BigInteger)
    professional_key: str = Field(primary_key=True)
    professional: str
    since: int = Field(sa_type=BigInteger)
