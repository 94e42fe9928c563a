"""Whoever has to be told at another operator that a conversation was closed or opened is owed it."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "closing_elsewhere",
        sa.Column("whom", sa.String(), nullable=False),
        sa.Column("professional_key", sa.String(), nullable=False),
        sa.Column("conversation", sa.BigInteger(), nullable=False),
        sa.Column("professional", sa.String(), nullable=False),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("whom", "professional_key", "conversation"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_closing_elsewhere_conversation"), "closing_elsewhere", ["conversation"], unique=False
    )


def downgrade() -> None:
    """Back."""
    op.drop_index(op.f("ix_closing_elsewhere_conversation"), table_name="closing_elsewhere")
    op.drop_table("closing_elsewhere")
