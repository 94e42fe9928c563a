"""The words by which accounts of professionals are found: those of name, address and numbers."""

import sqlalchemy as sa
from alembic import op

from vaguemestre.mail.folding import words_of

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    table = op.create_table(
        "holder_word",
        sa.Column("word", sa.LargeBinary(), nullable=False),
        sa.Column("bal", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["bal"], ["bal.id"]),
        sa.PrimaryKeyConstraint("word", "bal"),
        sqlite_with_rowid=False,
    )
    known = op.get_bind().execute(
        sa.text("SELECT id, name, address, rpps, finess FROM bal WHERE kind IN ('PER', 'ORG', 'CAB')")
    )
    for number, name, address, rpps, finess in known.fetchall():
        told = " ".join(filter(None, (name, address.rpartition("@")[0], rpps, finess)))
        op.bulk_insert(table, [{"word": word.encode(), "bal": number} for word in words_of(told)])


def downgrade() -> None:
    """Back."""
    op.drop_table("holder_word")
