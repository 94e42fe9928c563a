"""Professionals whom citizens have blocked."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "block",
        sa.Column("citizen", sa.BigInteger(), nullable=False),
        sa.Column("professional_key", sa.String(), nullable=False),
        sa.Column("professional", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["citizen"], ["bal.id"]),
        sa.PrimaryKeyConstraint("citizen", "professional_key"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("block")
