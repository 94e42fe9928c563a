"""Refusals of a day are read from their index, which SQLite takes only when the event leads it."""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    _replace(["event", "at", "detail"])


def downgrade() -> None:
    """Back."""
    _replace(["at", "detail"])


def _replace(columns: list[str]) -> None:
    refused = sa.text("event = 'refused'")
    op.drop_index("journal_refusals", table_name="journal")
    op.create_index(
        "journal_refusals",
        "journal",
        columns,
        unique=False,
        sqlite_where=refused,
        postgresql_where=refused,
    )
