"""Everybody who takes part has a number, and a bal has that of its holder: others may be elsewhere.

Every number that stands is kept. SQLite cannot change what a column refers
to: those tables are written again.
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("conversation", "citizen"),
    ("pair", "citizen"),
    ("reference", "citizen"),
    ("submission", "sender"),
)
_OF_STRANGERS = (
    """
    DELETE FROM closing_notice WHERE conversation IN
        (SELECT id FROM conversation WHERE citizen NOT IN (SELECT id FROM bal))
    """,
    "DELETE FROM reference WHERE citizen NOT IN (SELECT id FROM bal)",
    "DELETE FROM pair WHERE citizen NOT IN (SELECT id FROM bal)",
    "DELETE FROM conversation WHERE citizen NOT IN (SELECT id FROM bal)",
    """
    DELETE FROM report WHERE submission IN
        (SELECT id FROM submission WHERE sender NOT IN (SELECT id FROM bal))
    """,
    """
    DELETE FROM fate WHERE submission IN
        (SELECT id FROM submission WHERE sender NOT IN (SELECT id FROM bal))
    """,
    "DELETE FROM submission WHERE sender NOT IN (SELECT id FROM bal)",
)


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "party",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("address_key", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("met_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("address_key"),
    )
    op.execute("INSERT INTO party (id) SELECT id FROM bal")
    if op.get_bind().dialect.name == "sqlite":
        _write_again("bal", r"\)\s*$", ", FOREIGN KEY(id) REFERENCES party (id) )")
        for table, column in _COLUMNS:
            _refer(table, column, "bal", "party")
        return
    op.execute("SELECT setval('party_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM bal), false)")
    op.execute("ALTER TABLE bal ALTER COLUMN id DROP DEFAULT")
    op.execute("DROP SEQUENCE bal_id_seq")
    op.create_foreign_key("bal_id_fkey", "bal", "party", ["id"], ["id"])
    for table, column in _COLUMNS:
        _constrain(table, column, "party")


def downgrade() -> None:
    """Back: what concerns people elsewhere is lost."""
    for statement in _OF_STRANGERS:
        op.execute(statement)
    if op.get_bind().dialect.name == "sqlite":
        for table, column in _COLUMNS:
            _refer(table, column, "party", "bal")
        _write_again("bal", r",\s*FOREIGN KEY\s*\(id\) REFERENCES party \(id\)", "")
    else:
        for table, column in _COLUMNS:
            _constrain(table, column, "bal")
        op.drop_constraint("bal_id_fkey", "bal", type_="foreignkey")
        op.execute("CREATE SEQUENCE bal_id_seq OWNED BY bal.id")
        op.execute("SELECT setval('bal_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM bal), false)")
        op.execute("ALTER TABLE bal ALTER COLUMN id SET DEFAULT nextval('bal_id_seq')")
    op.drop_table("party")


def _constrain(table: str, column: str, to: str) -> None:
    name = f"{table}_{column}_fkey"
    op.drop_constraint(name, table, type_="foreignkey")
    op.create_foreign_key(name, table, to, [column], ["id"])


def _refer(table: str, column: str, before: str, after: str) -> None:
    found = rf"(FOREIGN KEY\s*\({column}\) REFERENCES) {before} \(id\)"
    _write_again(table, found, rf"\1 {after} (id)")


def _write_again(table: str, found: str, instead: str) -> None:
    """The table and its indexes as they are described, but for one thing; what is in it stays."""
    connection = op.get_bind()
    described = "SELECT sql FROM sqlite_master WHERE tbl_name = :table AND type = :type AND sql IS NOT NULL"
    (words,) = connection.execute(sa.text(described), {"table": table, "type": "table"}).scalars()
    indexes = list(connection.execute(sa.text(described), {"table": table, "type": "index"}).scalars())
    changed, count = re.subn(found, instead, words)
    assert count == 1, table  # noqa: S101 (a table that is described otherwise must not be written anew)
    op.execute(f"CREATE TABLE kept AS SELECT * FROM {table}")  # noqa: S608 (a name above)
    op.drop_table(table)
    connection.execute(sa.text(changed))
    op.execute(f"INSERT INTO {table} SELECT * FROM kept")  # noqa: S608 (a name above)
    op.drop_table("kept")
    for index in indexes:
        connection.execute(sa.text(index))
