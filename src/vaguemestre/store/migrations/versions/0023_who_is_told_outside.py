"""Where holders are told that something arrived, and what waits to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward: nobody is told of what came before."""
    op.create_table(
        "contact",
        sa.Column("bal", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("card", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["bal"], ["bal.id"]),
        sa.PrimaryKeyConstraint("bal"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "notification",
        sa.Column("bal", sa.BigInteger(), nullable=False),
        sa.Column("first_uid", sa.BigInteger(), nullable=False),
        sa.Column("named_uid", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("waits_from", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.BigInteger(), nullable=True),
        sa.Column("again_uid", sa.BigInteger(), nullable=True),
        sa.Column("again_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["bal"], ["bal.id"]),
        sa.PrimaryKeyConstraint("bal"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_notification_waits_from", "notification", ["waits_from"], unique=False)


def downgrade() -> None:
    """Back."""
    op.drop_index("ix_notification_waits_from", table_name="notification")
    op.drop_table("notification")
    op.drop_table("contact")
