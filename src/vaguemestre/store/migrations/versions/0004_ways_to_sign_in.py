"""Ways to sign in: several passwords a bal, their SCRAM keys, certificates, and the sign-ins that failed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Forward: the hashes there are go along; when they were made is not known, and told as 1970."""
    op.create_table(
        "secret",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("bal", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("kept", sa.String(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("iterations", sa.Integer(), nullable=True),
        sa.Column("stored_key", sa.LargeBinary(), nullable=True),
        sa.Column("server_key", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["bal"],
            ["bal.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("bal", "device"),
    )
    op.create_table(
        "client_certificate",
        sa.Column("subject_key", sa.String(), nullable=False),
        sa.Column("bal", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bal"],
            ["bal.id"],
        ),
        sa.PrimaryKeyConstraint("subject_key", "bal"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_client_certificate_bal", "client_certificate", ["bal"], unique=False)
    op.create_table(
        "sign_in_failure",
        sa.Column("failure_key", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Float(), nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("failure_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sign_in_failure_failed_at", "sign_in_failure", ["failed_at"], unique=False)
    op.execute(
        "INSERT INTO secret (bal, device, kept, created_at) SELECT bal, '', password_hash, 0 FROM credential"
    )
    op.drop_table("credential")


def downgrade() -> None:
    """Back: devices' passwords are lost."""
    op.create_table(
        "credential",
        sa.Column("bal", _BIG, nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bal"],
            ["bal.id"],
        ),
        sa.PrimaryKeyConstraint("bal"),
    )
    op.execute("INSERT INTO credential (bal, password_hash) SELECT bal, kept FROM secret WHERE device = ''")
    op.drop_table("sign_in_failure")
    op.drop_table("client_certificate")
    op.drop_table("secret")
