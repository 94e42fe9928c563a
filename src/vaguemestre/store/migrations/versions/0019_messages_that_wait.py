"""Messages that wait to be released."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("submission", sa.Column("release_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "held",
        sa.Column("submission", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sender", sa.BigInteger(), nullable=False),
        sa.Column("mailbox", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("envelope", sa.String(), nullable=False),
        sa.Column("release_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["submission"], ["submission.id"]),
        sa.ForeignKeyConstraint(["sender"], ["bal.id"]),
        sa.PrimaryKeyConstraint("submission"),
        sa.UniqueConstraint("mailbox", "uid"),
    )
    op.create_index("held_by_hour", "held", ["due_at"], unique=False)
    op.create_index("held_by_sender", "held", ["sender"], unique=False)


def downgrade() -> None:
    """Back."""
    op.drop_table("held")
    op.drop_column("submission", "release_at")
