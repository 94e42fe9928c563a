"""Refusals of one sender are read from their own index: it has one term more than that of everybody's."""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    _replace(["event", "bal", "at", "detail"])


def downgrade() -> None:
    """Back."""
    _replace(["bal", "at", "detail"])


def _replace(columns: list[str]) -> None:
    refused = sa.text("event = 'refused'")
    op.drop_index("journal_refused", table_name="journal")
    op.create_index(
        "journal_refused",
        "journal",
        columns,
        unique=False,
        sqlite_where=refused,
        postgresql_where=refused,
    )
