"""The migrated schema is the one the code describes."""

from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from vaguemestre.store.migrating import migrate
from vaguemestre.store.migrations import HEAD, running
from vaguemestre.store.open import SchemaError, open_store
from vaguemestre.store.schema import METADATA


def a_url(path: Path) -> str:
    return f"sqlite:///{path}"


def test_the_head_the_code_names_is_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(running.configuration()).get_current_head() == HEAD


def test_migrated_sqlite_tables_are_written_word_for_word_as_described(tmp_path: Path) -> None:
    migrated, described = a_url(tmp_path / "migrated.db"), a_url(tmp_path / "described.db")
    migrate(migrated)
    with running.engine(described).begin() as connection:
        METADATA.create_all(connection)

    def words(url: str) -> dict[str, list[str]]:
        with running.engine(url).connect() as connection:
            found = connection.execute(
                text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'")
            )
            return {name: sorted(sql.replace(",", " ").split()) for name, sql in found}

    assert words(migrated) == words(described)


def test_migrating_twice_is_harmless_and_going_back_leaves_nothing(tmp_path: Path) -> None:
    url = a_url(tmp_path / "twice.db")
    migrate(url)
    migrate(url)
    engine = running.engine(url)
    with engine.begin() as connection:
        config = running.configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) <= {"alembic_version", "sqlite_sequence"}


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    migrate(a_url(tmp_path / "private.db"))
    assert (tmp_path / "private.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("revision", "sentence"), [(None, "no tables"), ("0000", "needs"), ("9999", "newer")]
)
async def test_a_database_of_another_release_is_refused_with_what_to_do(
    tmp_path: Path, revision: str | None, sentence: str
) -> None:
    url = a_url(tmp_path / "other.db")
    if revision is not None:
        migrate(url)
        with running.engine(url).begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :found"), {"found": revision})
    with pytest.raises(SchemaError, match=sentence) as raised:
        await open_store(url)
    assert (tmp_path / "other.db").exists() == (revision is not None)
    assert "vaguemestre" in str(raised.value)


def test_passwords_kept_before_there_were_devices_still_open(tmp_path: Path) -> None:
    url = a_url(tmp_path / "older.db")
    with running.engine(url).begin() as connection:
        config = running.configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        bal = "'a@b.fr', 'PER', 'active', '', NULL, NULL, 0, 0, 0, 0"
        connection.execute(text(f"INSERT INTO bal VALUES (7, {bal})"))  # noqa: S608 (all of it is above)
        connection.execute(text("INSERT INTO credential VALUES (7, 'a hash')"))
    migrate(url)
    with running.engine(url).connect() as connection:
        assert list(connection.execute(text("SELECT bal, device, kept, salt FROM secret"))) == [
            (7, "", "a hash", None)
        ]


def test_bals_and_what_hangs_on_them_keep_their_numbers_when_people_elsewhere_come(tmp_path: Path) -> None:
    url = a_url(tmp_path / "older.db")
    bal = "'a@b.fr', 'CITIZEN', 'active', '', NULL, NULL, 0, 0, 0, 0, NULL, false"
    before = (
        f"INSERT INTO bal VALUES (7, {bal})",  # noqa: S608 (all of it is above)
        "INSERT INTO conversation VALUES (3, 7, 1, 2)",
        "INSERT INTO pair VALUES (3, 'd@e.fr', 'D@e.fr', 7, 1, NULL, NULL)",
        "INSERT INTO reference VALUES (7, 'digest', 3)",
        "INSERT INTO submission (id, queue_id, sender, accepted_at) VALUES (5, '0123', 7, 1)",
        "INSERT INTO fate VALUES (5, 'd@e.fr', 'D@e.fr', NULL, 'delivered', 1, '', '', false, '')",
    )
    tables = ("bal", "conversation", "pair", "reference", "submission", "fate")

    def rows() -> list[list[tuple[object, ...]]]:
        with running.engine(url).connect() as connection:
            asked = [f"SELECT * FROM {name}" for name in tables]  # noqa: S608 (all of it is above)
            return [list(map(tuple, connection.execute(text(one)))) for one in asked]

    with running.engine(url).begin() as connection:
        config = running.configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "0026")
        for statement in before:
            connection.execute(text(statement))
    kept = rows()
    migrate(url)
    found = rows()  # whose tables may have got columns since
    assert [
        [new[: len(old)] for new, old in zip(table, was, strict=True)]
        for table, was in zip(found, kept, strict=True)
    ] == kept
    with running.engine(url).begin() as connection:
        assert list(connection.execute(text("PRAGMA foreign_key_check"))) == []
        assert list(connection.execute(text("SELECT id, address_key FROM party"))) == [(7, None)]
        connection.execute(text("INSERT INTO party VALUES (8, 'x@y.fr', 'x@y.fr', 1)"))
        connection.execute(text("INSERT INTO conversation VALUES (4, 8, 1, 2)"))
        config = running.configuration()
        config.attributes["connection"] = connection
        command.downgrade(config, "0026")
    assert rows() == kept
