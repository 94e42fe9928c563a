"""The day on which each account was last seen. Of those there are, that is today: nobody kept it before."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "presence",
        sa.Column("bal", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seen_on", sa.Integer(), nullable=False),
        sa.Column("warned_on", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["bal"], ["bal.id"]),
        sa.PrimaryKeyConstraint("bal"),
    )
    op.create_index(op.f("ix_presence_seen_on"), "presence", ["seen_on"], unique=False)
    today = int(datetime.now(UTC).timestamp()) // 86_400
    op.execute(f"INSERT INTO presence (bal, seen_on) SELECT id, {today} FROM bal")  # noqa: S608 (a number)


def downgrade() -> None:
    """Back."""
    op.drop_index(op.f("ix_presence_seen_on"), table_name="presence")
    op.drop_table("presence")
