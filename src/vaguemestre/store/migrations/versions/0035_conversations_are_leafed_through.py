"""The conversations of a professional are read by number, some at a time, on both databases."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.drop_index("pair_by_professional", table_name="pair")
    op.create_index("pair_by_professional", "pair", ["professional_key", "conversation"], unique=False)


def downgrade() -> None:
    """Back."""
    op.drop_index("pair_by_professional", table_name="pair")
    op.create_index("pair_by_professional", "pair", ["professional_key"], unique=False)
