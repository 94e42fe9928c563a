"""How much an account has sent lately is found in an index, recipients included."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. What was accepted before counts one recipient a message."""
    op.add_column("submission", sa.Column("recipients", sa.Integer(), server_default="1", nullable=False))
    op.create_index(
        "submission_by_sender", "submission", ["sender", "accepted_at", "recipients"], unique=False
    )


def downgrade() -> None:
    """Back."""
    op.drop_index("submission_by_sender", table_name="submission")
    op.drop_column("submission", "recipients")
