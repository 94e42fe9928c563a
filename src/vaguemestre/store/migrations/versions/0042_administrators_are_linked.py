"""What an OpenID provider calls an administrator."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "administrator_link",
        sa.Column("administrator", sa.BigInteger(), nullable=False),
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["administrator"], ["administrator.id"]),
        sa.PrimaryKeyConstraint("administrator"),
        sa.UniqueConstraint("issuer", "subject"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Back."""
    op.drop_table("administrator_link")
