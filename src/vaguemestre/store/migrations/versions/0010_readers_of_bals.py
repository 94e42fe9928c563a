"""Who may read a bal that is not his, and when minors were born."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "access_grant",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bal", sa.BigInteger(), nullable=False),
        sa.Column("reader", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("rights", sa.String(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.Column("granted_at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["bal"], ["bal.id"]),
        sa.ForeignKeyConstraint(["reader"], ["bal.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("access_grant_by_bal", "access_grant", ["bal", "reader"], unique=False)
    op.create_index("access_grant_by_reader", "access_grant", ["reader"], unique=False)
    op.create_table(
        "birth_date",
        sa.Column("bal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("born", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bal"], ["bal.id"]),
        sa.PrimaryKeyConstraint("bal"),
    )
    op.create_index("birth_date_by_day", "birth_date", ["born"], unique=False)


def downgrade() -> None:
    """Back."""
    op.drop_table("birth_date")
    op.drop_table("access_grant")
