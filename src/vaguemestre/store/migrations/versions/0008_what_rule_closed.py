"""What closed a conversation by rule is said: until now it was an account that was closed."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.execute("UPDATE pair SET closed_by = 'account' WHERE closed_by = 'rule'")


def downgrade() -> None:
    """Back."""
    op.execute("UPDATE pair SET closed_by = 'rule' WHERE closed_by IN ('account', 'inactivity', 'blocked')")
