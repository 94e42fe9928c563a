"""Administrators of the console, and the browsers they are signed in with."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "administrator",
        sa.Column("id", big, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("signed_in_at", sa.BigInteger(), nullable=True),
        sa.Column("password", sa.String(), nullable=True),
        sa.Column("second_factor", sa.LargeBinary(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("enrolment", sa.LargeBinary(), nullable=True),
        sa.Column("enrolment_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
        sa.UniqueConstraint("enrolment"),
    )
    op.create_table(
        "console_session",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("administrator", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("peer", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["administrator"], ["administrator.id"]),
        sa.PrimaryKeyConstraint("digest"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_console_session_administrator"), "console_session", ["administrator"], unique=False
    )


def downgrade() -> None:
    """Back."""
    op.drop_index(op.f("ix_console_session_administrator"), table_name="console_session")
    op.drop_table("console_session")
    op.drop_table("administrator")
