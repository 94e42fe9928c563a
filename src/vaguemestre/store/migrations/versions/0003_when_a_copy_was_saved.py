"""A copy keeps when its original was filed, and when it was saved where it is. RFC 8514 §4.2."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. Copies made before are taken for saved when their original was filed."""
    op.add_column("message", sa.Column("saved_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Back."""
    op.drop_column("message", "saved_at")
