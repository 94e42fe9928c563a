"""Budgets of professionals, what citizens wrote against them, and automatic answers that are owed."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "solicitation_wish",
        sa.Column("bal", _BIG, nullable=False),
        sa.Column("budget", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["bal"], ["bal.id"]),
        sa.PrimaryKeyConstraint("bal"),
    )
    op.create_table(
        "solicitation",
        sa.Column("conversation", sa.BigInteger(), nullable=False),
        sa.Column("professional_key", sa.String(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("budget", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["conversation"], ["conversation.id"]),
        sa.PrimaryKeyConstraint("conversation", "professional_key"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "solicitation_override",
        "solicitation",
        ["professional_key"],
        unique=False,
        sqlite_where=sa.text("budget IS NOT NULL"),
        postgresql_where=sa.text("budget IS NOT NULL"),
    )
    op.create_table(
        "owed_answer",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("bal", sa.BigInteger(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("about", sa.LargeBinary(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bal"], ["bal.id"]),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("owed_answer")
    op.drop_index("solicitation_override", table_name="solicitation")
    op.drop_table("solicitation")
    op.drop_table("solicitation_wish")
