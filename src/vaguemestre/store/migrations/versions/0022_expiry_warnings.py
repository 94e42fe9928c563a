"""How far warnings of expiry have come, and to whom a digest is owed. domain.md §3."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward: nobody was warned before."""
    op.create_table(
        "expiry_walk",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.Column("goal", sa.BigInteger(), nullable=True),
        sa.Column("cleared", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "expiry_digest",
        sa.Column("bal", sa.BigInteger(), nullable=False),
        sa.Column("announced", sa.BigInteger(), nullable=True),
        sa.Column("owed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bal"], ["bal.id"]),
        sa.PrimaryKeyConstraint("bal"),
        sqlite_with_rowid=False,
    )
    owed = sa.text("owed = 1")
    op.create_index(
        "expiry_digest_owed",
        "expiry_digest",
        ["bal"],
        unique=False,
        sqlite_where=owed,
        postgresql_where=owed,
    )


def downgrade() -> None:
    """Back."""
    op.drop_index("expiry_digest_owed", table_name="expiry_digest")
    op.drop_table("expiry_digest")
    op.drop_table("expiry_walk")
