"""Who wrote a message in the name of its sender."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. What was accepted before, its sender wrote himself."""
    op.add_column("submission", sa.Column("actor", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Back."""
    op.drop_column("submission", "actor")
