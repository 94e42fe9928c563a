"""Traces are found by recipient, refusals by who was refused; those of a day are counted by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_REFUSED = sa.text("event = 'refused'")


def upgrade() -> None:
    """Forward."""
    op.create_index("fate_by_recipient", "fate", ["recipient_key", "submission"], unique=False)
    for name, columns in (
        ("journal_refusals", ["at", "detail"]),
        ("journal_refused", ["bal", "at", "detail"]),
    ):
        op.create_index(
            name, "journal", columns, unique=False, sqlite_where=_REFUSED, postgresql_where=_REFUSED
        )


def downgrade() -> None:
    """Back."""
    op.drop_index("journal_refused", table_name="journal")
    op.drop_index("journal_refusals", table_name="journal")
    op.drop_index("fate_by_recipient", table_name="fate")
