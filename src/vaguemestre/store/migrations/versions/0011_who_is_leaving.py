"""Accounts that have left, while their conversations are being closed."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. Whoever left before has no conversation open."""
    op.create_table(
        "departure",
        sa.Column("bal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bal"], ["bal.id"]),
        sa.PrimaryKeyConstraint("bal"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("departure")
