"""A mailbox knows up to where it has forgotten what was expunged. RFC 7162 §3.2.6."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward: nothing was forgotten before."""
    op.add_column(
        "mailbox",
        sa.Column("forgotten_modseq", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
    )


def downgrade() -> None:
    """Back."""
    op.drop_column("mailbox", "forgotten_modseq")
