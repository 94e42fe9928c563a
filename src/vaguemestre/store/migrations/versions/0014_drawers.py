"""Mailboxes with a delay of their own, and indexes by which what is due in them is found. domain.md §3.

What lies in such a mailbox already counts as put there now: nothing goes because of this migration.
"""

import time

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_OF_THOSE_BELOW = """
UPDATE mailbox SET drawer = coalesce((
    SELECT a.special_use FROM mailbox a
    WHERE a.bal = mailbox.bal AND a.special_use IS NOT NULL
        AND substr(mailbox.name, 1, length(a.name) + 1) = a.name || '/'
    ORDER BY length(a.name) DESC LIMIT 1
), '') WHERE special_use IS NULL
"""
_OF_MESSAGES = """
UPDATE message SET put_at = :now, drawer = (SELECT m.drawer FROM mailbox m WHERE m.id = message.mailbox)
WHERE mailbox IN (SELECT id FROM mailbox WHERE drawer <> '')
"""


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "drawer",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("walked_to", sa.BigInteger(), nullable=False),
        sa.Column("walk_until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    for table in ("mailbox", "message"):
        op.add_column(table, sa.Column("drawer", sa.String(), server_default="", nullable=False))
    op.add_column("message", sa.Column("put_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE mailbox SET drawer = special_use WHERE special_use IS NOT NULL")
    op.execute(_OF_THOSE_BELOW)
    op.execute(sa.text(_OF_MESSAGES).bindparams(now=int(time.time() * 1_000_000)))
    op.drop_index("message_by_age", table_name="message")
    op.drop_index("message_by_expiry", table_name="message")
    op.create_index("message_by_age", "message", ["kind", "drawer", "filed_at"], unique=False)
    _partial("message_by_expiry", ["expires_at"])
    _partial("message_by_drawer", ["drawer", "put_at"])


def downgrade() -> None:
    """Back."""
    for name in ("message_by_drawer", "message_by_expiry", "message_by_age"):
        op.drop_index(name, table_name="message")
    op.create_index("message_by_age", "message", ["kind", "filed_at"], unique=False)
    _partial("message_by_expiry", ["kind", "expires_at"])
    op.drop_column("message", "put_at")
    for table in ("message", "mailbox"):
        op.drop_column(table, "drawer")
    op.drop_table("drawer")


def _partial(name: str, columns: list[str]) -> None:
    there = sa.text(f"{columns[-1]} IS NOT NULL")
    op.create_index(name, "message", columns, unique=False, sqlite_where=there, postgresql_where=there)
