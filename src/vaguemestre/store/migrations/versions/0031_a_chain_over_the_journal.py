"""Seals on the journal's lines, and their places in a chain."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("journal", sa.Column("salt", sa.LargeBinary(), nullable=True))
    op.add_column("journal", sa.Column("seal", sa.LargeBinary(), nullable=True))
    op.add_column("journal", sa.Column("seq", sa.BigInteger(), nullable=True))
    op.add_column("journal", sa.Column("head", sa.LargeBinary(), nullable=True))
    op.create_index(
        "journal_by_place",
        "journal",
        ["seq"],
        unique=True,
        sqlite_where=sa.text("seq IS NOT NULL"),
        postgresql_where=sa.text("seq IS NOT NULL"),
    )
    op.create_index(
        "journal_unchained",
        "journal",
        ["id"],
        unique=False,
        sqlite_where=sa.text("seq IS NULL"),
        postgresql_where=sa.text("seq IS NULL"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_index("journal_unchained", table_name="journal")
    op.drop_index("journal_by_place", table_name="journal")
    for name in ("head", "seq", "seal", "salt"):
        op.drop_column("journal", name)
