"""Mail for other operators that waits to be sent."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_TABLES = ("outbound_pause", "outbound_recipient", "outbound_delivery", "outbound_message")


def upgrade() -> None:
    """Forward: nothing was sent elsewhere before."""
    _messages()
    _deliveries()
    op.create_table(
        "outbound_pause",
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("destination"),
        sqlite_with_rowid=False,
    )


def _messages() -> None:
    op.create_table(
        "outbound_message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("submission", sa.BigInteger(), nullable=True),
        sa.Column("queue_id", sa.String(), nullable=False),
        sa.Column("reverse_path", sa.String(), nullable=True),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("envelope_id", sa.String(), nullable=False),
        sa.Column("returned", sa.String(), nullable=False),
        sa.Column("requires_tls", sa.Boolean(), nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("octets", sa.LargeBinary(), nullable=True),
        sa.Column("location", sa.String(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("card", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("queue_id"),
        sa.UniqueConstraint("body"),
    )
    for column in ("day", "left_at", "location"):
        op.create_index(f"ix_outbound_message_{column}", "outbound_message", [column], unique=False)


def _deliveries() -> None:
    op.create_table(
        "outbound_delivery",
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("is_delay_told", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["message"], ["outbound_message.id"]),
        sa.PrimaryKeyConstraint("message", "destination"),
        sqlite_with_rowid=False,
    )
    for name, columns in (
        ("outbound_delivery_due", ["state", "destination", "due_at", "message"]),
        ("outbound_delivery_late", ["is_delay_told", "accepted_at"]),
        ("outbound_delivery_old", ["accepted_at"]),
    ):
        op.create_index(name, "outbound_delivery", columns, unique=False)
    op.create_table(
        "outbound_recipient",
        sa.Column("message", sa.BigInteger(), nullable=False),
        sa.Column("destination", sa.String(), nullable=False),
        sa.Column("recipient_key", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("notify", sa.String(), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["message"], ["outbound_message.id"]),
        sa.PrimaryKeyConstraint("message", "destination", "recipient_key"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Back: what waits is lost."""
    op.execute("DELETE FROM fate WHERE state = 'queued'")
    for table in _TABLES:
        op.drop_table(table)
