"""What a sender wishes of TLS is kept with his message."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. Of what was accepted before, nothing was said."""
    op.add_column("submission", sa.Column("tls", sa.String(), server_default="", nullable=False))


def downgrade() -> None:
    """Back."""
    op.drop_column("submission", "tls")
