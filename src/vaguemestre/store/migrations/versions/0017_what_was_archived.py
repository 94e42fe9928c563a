"""What mailboxes held when they were closed is kept apart from them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. What was closed before keeps its messages where they are, and expires as it would have."""
    op.create_table(
        "archive",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("bal", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("octets", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bal"], ["bal.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_archive_bal"), "archive", ["bal"], unique=False)
    op.create_index("archive_by_state", "archive", ["state", "expires_at"], unique=False)
    op.create_table(
        "archived_message",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("archive", sa.String(), nullable=False),
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("flags", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("internal_date", sa.BigInteger(), nullable=False),
        sa.Column("conversation", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["archive"], ["archive.id"]),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("archived_message_of", "archived_message", ["archive", "number"], unique=False)


def downgrade() -> None:
    """Back."""
    op.drop_index("archived_message_of", table_name="archived_message")
    op.drop_table("archived_message")
    op.drop_index("archive_by_state", table_name="archive")
    op.drop_index(op.f("ix_archive_bal"), table_name="archive")
    op.drop_table("archive")
