"""What became of messages: each that was accepted, a fate for each recipient, and reports that are due."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward: messages accepted before have no trace but their journal."""
    op.create_table(
        "submission",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("queue_id", sa.String(), nullable=False),
        sa.Column("sender", sa.BigInteger(), nullable=False),
        sa.Column("identifier", sa.LargeBinary(), nullable=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=True),
        sa.Column("accepted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sender"],
            ["bal.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("fingerprint"),
        sa.UniqueConstraint("queue_id"),
    )
    op.create_index("ix_submission_accepted_at", "submission", ["accepted_at"], unique=False)
    op.create_index("ix_submission_identifier", "submission", ["identifier"], unique=False)
    op.create_table(
        "fate",
        sa.Column("submission", sa.BigInteger(), nullable=False),
        sa.Column("recipient_key", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("wants_receipt", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission"],
            ["submission.id"],
        ),
        sa.PrimaryKeyConstraint("submission", "recipient_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_fate_body", "fate", ["body"], unique=False)
    op.create_table(
        "report",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("submission", sa.BigInteger(), nullable=False),
        sa.Column("recipient_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("original", sa.String(), nullable=False),
        sa.Column("envelope_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["submission"],
            ["submission.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_report_submission", "report", ["submission"], unique=False)


def downgrade() -> None:
    """Back: the traces are lost."""
    op.drop_table("report")
    op.drop_table("fate")
    op.drop_table("submission")
