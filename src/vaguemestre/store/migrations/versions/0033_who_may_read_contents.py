"""Warrants: who asked to read the contents of a mailbox, who let him, until when."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "warrant",
        sa.Column("id", big, nullable=False),
        sa.Column("bal", sa.BigInteger(), nullable=False),
        sa.Column("asker", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("decider", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("ender", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["asker"], ["administrator.id"]),
        sa.ForeignKeyConstraint(["bal"], ["bal.id"]),
        sa.ForeignKeyConstraint(["decider"], ["administrator.id"]),
        sa.ForeignKeyConstraint(["ender"], ["administrator.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_warrant_bal"), "warrant", ["bal"], unique=False)


def downgrade() -> None:
    """Back."""
    op.drop_index(op.f("ix_warrant_bal"), table_name="warrant")
    op.drop_table("warrant")
