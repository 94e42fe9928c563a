"""Why a message was refused is kept in both languages that its sender may read."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. What was refused before is told in English alone."""
    op.add_column("fate", sa.Column("reason_french", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    """Back."""
    op.drop_column("fate", "reason_french")
