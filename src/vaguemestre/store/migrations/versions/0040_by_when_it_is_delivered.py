"""A message may say by when it is to be delivered, and what becomes of it when it is not. RFC 2852."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_INDEXES = {"outbound_delivery_withdrawn": "withdraw_at", "outbound_delivery_told": "tell_at"}


def upgrade() -> None:
    """Forward."""
    for table in ("submission", "outbound_message"):
        op.add_column(table, sa.Column("deliver_by", sa.BigInteger(), nullable=True))
        mode = sa.Column("deliver_by_mode", sa.String(), nullable=False, server_default="")
        op.add_column(table, mode)
    for name, column in _INDEXES.items():
        op.add_column("outbound_delivery", sa.Column(column, sa.BigInteger(), nullable=True))
        is_set = sa.text(f"{column} IS NOT NULL")
        op.create_index(
            name,
            "outbound_delivery",
            [column],
            unique=False,
            sqlite_where=is_set,
            postgresql_where=is_set,
        )


def downgrade() -> None:
    """Back."""
    for name, column in _INDEXES.items():
        op.drop_index(name, table_name="outbound_delivery")
        op.drop_column("outbound_delivery", column)
    for table in ("submission", "outbound_message"):
        op.drop_column(table, "deliver_by_mode")
        op.drop_column(table, "deliver_by")
