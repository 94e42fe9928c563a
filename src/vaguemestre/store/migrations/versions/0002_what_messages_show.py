"""Messages are found by their conversation, to show its state (domain.md §2)."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_index(
        "message_by_conversation",
        "message",
        ["conversation", "mailbox"],
        unique=False,
        sqlite_where=sa.text("conversation IS NOT NULL"),
        postgresql_where=sa.text("conversation IS NOT NULL"),
    )


def downgrade() -> None:
    """Back."""
    op.drop_index("message_by_conversation", table_name="message")
