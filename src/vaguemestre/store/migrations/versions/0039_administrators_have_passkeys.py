"""Passkeys of administrators, and the challenges that browsers answer with them."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "passkey",
        sa.Column("id", big, nullable=False),
        sa.Column("administrator", sa.BigInteger(), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("uses", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["administrator"], ["administrator.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("credential"),
    )
    op.create_index(op.f("ix_passkey_administrator"), "passkey", ["administrator"], unique=False)
    op.create_table(
        "console_challenge",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("administrator", sa.BigInteger(), nullable=True),
        sa.Column("network", sa.LargeBinary(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["administrator"], ["administrator.id"]),
        sa.PrimaryKeyConstraint("digest"),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_console_challenge_network"), "console_challenge", ["network"], unique=False)


def downgrade() -> None:
    """Back."""
    op.drop_index(op.f("ix_console_challenge_network"), table_name="console_challenge")
    op.drop_table("console_challenge")
    op.drop_index(op.f("ix_passkey_administrator"), table_name="passkey")
    op.drop_table("passkey")
