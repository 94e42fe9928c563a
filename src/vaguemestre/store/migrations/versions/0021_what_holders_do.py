"""What a holder does, and whether the directory shows it: pharmacies may be written to first."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward. Accounts made before are published, and nobody's pharmacy."""
    op.add_column("bal", sa.Column("sector", sa.String(), nullable=True))
    op.add_column(
        "bal", sa.Column("is_unlisted", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )


def downgrade() -> None:
    """Back."""
    op.drop_column("bal", "is_unlisted")
    op.drop_column("bal", "sector")
