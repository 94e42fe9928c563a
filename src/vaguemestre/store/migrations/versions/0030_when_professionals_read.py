"""Hours at which professionals read, what they add to the automatic answer, and who had one since when."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.add_column("solicitation_wish", sa.Column("hours", sa.String(), nullable=True))
    op.add_column("solicitation_wish", sa.Column("answer", sa.String(), nullable=True))
    op.add_column("solicitation", sa.Column("told_since", sa.BigInteger(), nullable=True))
    op.add_column("owed_answer", sa.Column("conversation", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Back."""
    op.drop_column("owed_answer", "conversation")
    op.drop_column("solicitation", "told_since")
    op.drop_column("solicitation_wish", "answer")
    op.drop_column("solicitation_wish", "hours")
