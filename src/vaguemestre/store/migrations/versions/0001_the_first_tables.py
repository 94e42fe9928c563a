"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward."""
    _accounts()
    _mailboxes()
    _bodies()
    _messages()
    _conversations()
    _journal()


def downgrade() -> None:
    """Back."""
    for table in (
        "journal",
        "reference",
        "pair",
        "conversation",
        "expunged",
        "message",
        "octets",
        "body",
        "keyword",
        "mailbox",
        "credential",
        "alias",
        "bal",
    ):
        op.drop_table(table)


def _accounts() -> None:
    """What a bal is."""
    op.create_table(
        "bal",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("rpps", sa.String(), nullable=True),
        sa.Column("finess", sa.String(), nullable=True),
        sa.Column("quota", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("last_uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "alias",
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("bal", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bal"],
            ["bal.id"],
        ),
        sa.PrimaryKeyConstraint("address_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_alias_bal", "alias", ["bal"], unique=False)
    op.create_table(
        "credential",
        sa.Column("bal", _BIG, nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bal"],
            ["bal.id"],
        ),
        sa.PrimaryKeyConstraint("bal"),
    )


def _mailboxes() -> None:
    """What IMAP selects."""
    op.create_table(
        "mailbox",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("bal", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("special_use", sa.String(), nullable=True),
        sa.Column("subscribed", sa.Boolean(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("uid_next", sa.BigInteger(), nullable=False),
        sa.Column("highest_modseq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bal"],
            ["bal.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("bal", "name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "keyword",
        sa.Column("bal", sa.BigInteger(), nullable=False),
        sa.Column("bit", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("keyword_key", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bal"],
            ["bal.id"],
        ),
        sa.PrimaryKeyConstraint("bal", "bit"),
        sa.UniqueConstraint("bal", "keyword_key"),
        sqlite_with_rowid=False,
    )


def _bodies() -> None:
    """Sealed octets and cards."""
    op.create_table(
        "body",
        sa.Column("number", _BIG, nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("bal", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("orphaned_at", sa.BigInteger(), nullable=True),
        sa.Column("card", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bal"],
            ["bal.id"],
        ),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_index("body_by_day", "body", ["bal", "day"], unique=False)
    op.create_index(
        "body_objects",
        "body",
        ["location"],
        unique=False,
        sqlite_where=sa.text("location IS NOT NULL"),
        postgresql_where=sa.text("location IS NOT NULL"),
    )
    op.create_index(
        "body_orphans",
        "body",
        ["orphaned_at"],
        unique=False,
        sqlite_where=sa.text("orphaned_at IS NOT NULL"),
        postgresql_where=sa.text("orphaned_at IS NOT NULL"),
    )
    op.create_table(
        "octets",
        sa.Column("body", _BIG, nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["body"],
            ["body.number"],
        ),
        sa.PrimaryKeyConstraint("body"),
    )


def _messages() -> None:
    """The narrow rows, and what they leave behind."""
    op.create_table(
        "message",
        sa.Column("mailbox", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("flags", sa.BigInteger(), nullable=False),
        sa.Column("modseq", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("internal_date", sa.BigInteger(), nullable=False),
        sa.Column("conversation", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("filed_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["mailbox"],
            ["mailbox.id"],
        ),
        sa.PrimaryKeyConstraint("mailbox", "uid"),
        sqlite_with_rowid=False,
    )
    op.create_index("message_by_age", "message", ["kind", "filed_at"], unique=False)
    op.create_index(
        "message_by_expiry",
        "message",
        ["kind", "expires_at"],
        unique=False,
        sqlite_where=sa.text("expires_at IS NOT NULL"),
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index("message_by_modseq", "message", ["mailbox", "modseq"], unique=False)
    op.create_table(
        "expunged",
        sa.Column("mailbox", sa.BigInteger(), nullable=False),
        sa.Column("modseq", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mailbox"],
            ["mailbox.id"],
        ),
        sa.PrimaryKeyConstraint("mailbox", "modseq", "uid"),
        sqlite_with_rowid=False,
    )


def _conversations() -> None:
    """Threads and their pairs."""
    op.create_table(
        "conversation",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("citizen", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("last_message_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"],
            ["bal.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_conversation_citizen", "conversation", ["citizen"], unique=False)
    op.create_table(
        "pair",
        sa.Column("conversation", sa.BigInteger(), nullable=False),
        sa.Column("professional_key", sa.String(), nullable=False),
        sa.Column("professional", sa.String(), nullable=False),
        sa.Column("citizen", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["citizen"],
            ["bal.id"],
        ),
        sa.ForeignKeyConstraint(
            ["conversation"],
            ["conversation.id"],
        ),
        sa.PrimaryKeyConstraint("conversation", "professional_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("pair_by_citizen", "pair", ["citizen", "professional_key"], unique=False)
    op.create_index("pair_by_professional", "pair", ["professional_key"], unique=False)
    op.create_table(
        "reference",
        sa.Column("citizen", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("conversation", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["citizen"],
            ["bal.id"],
        ),
        sa.ForeignKeyConstraint(
            ["conversation"],
            ["conversation.id"],
        ),
        sa.PrimaryKeyConstraint("citizen", "digest"),
        sqlite_with_rowid=False,
    )


def _journal() -> None:
    """Traces."""
    op.create_table(
        "journal",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("bal", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("journal_by_bal", "journal", ["bal", "id"], unique=False)
    op.create_index("journal_by_event", "journal", ["event", "id"], unique=False)
