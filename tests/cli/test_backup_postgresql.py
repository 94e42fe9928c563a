"""``vaguemestre backup`` and ``restore`` where messages and keys are in PostgreSQL: one moment, every row."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import psycopg
import pytest
from psycopg import sql
from tests.cli.test_backup import SECRET, live_in, made, tried
from tests.support.command_line import DOCTOR, CommandLine
from tests.support.postgresql import a_database, a_server, name_of

from vaguemestre.backup import making, restoring
from vaguemestre.backup.postgresql import KEY_TABLES, message_tables
from vaguemestre.backup.sealing import Passphrase
from vaguemestre.settings import read_settings
from vaguemestre.store.migrating import migrate

BY = Passphrase(SECRET.encode())
COLLEAGUE = DOCTOR.replace("claire", "paul")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Not in pytest's folder, which another session closes to the account that the server runs as."""
    with TemporaryDirectory() as folder, a_server(Path(folder)) as url:
        yield url


@pytest.fixture(scope="module")
def migrated(server: str) -> str:
    """The name of a database to make others from."""
    url = a_database(server)
    migrate(url)
    return name_of(url)


@pytest.fixture
def house(vaguemestre: CommandLine, server: str, migrated: str) -> CommandLine:
    """On two databases, and nobody has lived in it."""
    live_on(vaguemestre, a_database(server, migrated), a_database(server))
    return vaguemestre


@pytest.fixture
def lived_in(house: CommandLine) -> CommandLine:
    """The same, with mail and a journal."""
    return live_in(house)


def live_on(command: CommandLine, messages: str, keys: str) -> None:
    command.monkeypatch.setenv("VAGUEMESTRE_DATABASE__URL", messages)
    command.monkeypatch.setenv("VAGUEMESTRE_KEYS__URL", keys)


def everything_in(url: str, tables: tuple[str, ...]) -> dict[str, object]:
    """Each table's rows, whatever their order, and the constraints."""
    with psycopg.connect(url, autocommit=True) as connection:
        found: dict[str, object] = {
            table: sorted(
                str(row[0])
                for row in connection.execute(
                    sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table))
                )
            )
            for table in tables
        }
        found["constraints"] = connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE connamespace = to_regnamespace(current_schema()) ORDER BY 1, 2"
        ).fetchall()
    return found


def test_every_row_comes_back_and_mail_goes_on_from_there(
    lived_in: CommandLine, server: str, tmp_path: Path
) -> None:
    settings = read_settings(lived_in.config)
    file, copy = tmp_path / "messages.vmb", tmp_path / "elsewhere" / "keys.vmb"
    copy.parent.mkdir()
    done = made(lived_in, file, "--keys-to", str(copy))
    assert (done["objects"], done["gone"], done["in_tables"]) == (1, 0, True)
    messages, keys = a_database(server), a_database(server)
    options = ("--into", messages, "--keys", str(copy), "--keys-into", keys)
    status, found = tried(lived_in, file, tmp_path / "again", *options)
    assert (status, found["sound"], found["broken"], found["rows_differ"]) == (0, True, [], [])
    assert cast(int, found["opened"]) > 0
    was, now = (everything_in(url, tuple(message_tables())) for url in (settings.database.url, messages))
    noted = cast(list[str], was.pop("journal"))
    assert set(cast(list[str], now.pop("journal"))) < set(noted)  # that there was a backup came after it
    assert now == was
    assert everything_in(keys, KEY_TABLES) == everything_in(settings.keys.url, KEY_TABLES)
    live_on(lived_in, messages, keys)
    assert lived_in("bal", "add", COLLEAGUE, "--kind", "PER").status == 0
    assert lived_in("verify").status == 0


def test_what_is_written_meanwhile_is_not_seen(lived_in: CommandLine, server: str, tmp_path: Path) -> None:
    settings = read_settings(lived_in.config)
    file, messages = tmp_path / "messages.vmb", a_database(server)
    with psycopg.connect(settings.database.url, autocommit=True) as writer:

        def told(what: str, done: int, _: int) -> None:
            if (what, done) == ("tables", 1):
                writer.execute("DELETE FROM octets")
                writer.execute("UPDATE journal SET actor = 'operator:nobody'")

        making.back_up(settings, lived_in.config, BY, file, datetime.now(UTC), told)
        assert writer.execute("SELECT count(*) FROM octets").fetchone() == (0,)
    status, found = tried(lived_in, file, tmp_path / "again", "--into", messages)
    assert (status, found["sound"], found["broken"]) == (0, True, [])
    assert cast(int, found["opened"]) > 0


def test_no_key_is_in_the_messages_though_they_share_a_database(
    house: CommandLine, server: str, tmp_path: Path
) -> None:
    settings = read_settings(house.config)
    with psycopg.connect(settings.database.url, autocommit=True) as live:
        live.execute("CREATE TABLE data_key AS SELECT 1 AS bal")
    file = tmp_path / "messages.vmb"
    making.back_up(settings, house.config, BY, file, datetime.now(UTC), lambda *_: None)
    restoring.restore(file, BY, tmp_path / "again", lambda *_: None)
    layout = json.loads((tmp_path / "again" / "tables" / "layout.json").read_text())
    assert not set(layout["columns"]) & {"data_key", "archived_key"}


def test_nothing_is_loaded_over_what_is_there(lived_in: CommandLine, server: str, tmp_path: Path) -> None:
    settings = read_settings(lived_in.config)
    file, folder = tmp_path / "messages.vmb", tmp_path / "again"
    made(lived_in, file)
    before = everything_in(settings.database.url, tuple(message_tables()))
    arguments = ("restore", str(file), str(folder), "--passphrase-stdin")
    said = lived_in(*arguments, "--into", settings.database.url, stdin=f"{SECRET}\n")
    assert said.status == 1
    assert "tables already" in said.err
    assert not folder.exists()
    assert everything_in(settings.database.url, tuple(message_tables())) == before
    for url, status in (("mysql://x", 4), ("sqlite:///x.db", 1), ("postgresql://127.0.0.1:1/x", 5)):
        assert lived_in(*arguments, "--into", url, stdin=f"{SECRET}\n").status == status
        assert not folder.exists()
    empty, keys = a_database(server), str(file)
    one = (*arguments, "--into", empty, "--keys", keys, "--keys-into", empty)
    assert "never go to one place" in lived_in(*one, stdin=f"{SECRET}\n").err
    said = lived_in(*arguments, "--verify", stdin=f"{SECRET}\n")
    assert said.status == 2
    assert "--into" in said.err
    said = lived_in(
        *arguments[:2], str(tmp_path / "other"), "--passphrase-stdin", "--keys-into", "x", stdin="x\n"
    )
    assert said.status == 2


def test_a_large_table_is_cut_into_pieces_and_loaded_whole_or_not_at_all(
    house: CommandLine, server: str, tmp_path: Path
) -> None:
    settings, folder = read_settings(house.config), tmp_path / "again"
    with psycopg.connect(settings.database.url, autocommit=True) as live:
        live.execute("INSERT INTO party (id) VALUES (1)")
        live.execute("ALTER TABLE octets DROP CONSTRAINT octets_body_fkey")
        live.execute(
            "INSERT INTO octets (body, octets) "
            "SELECT n, decode(repeat('0a5c09', 100000), 'hex') FROM generate_series(1, 20) n"
        )
    file = tmp_path / "messages.vmb"
    manifest = making.back_up(settings, house.config, BY, file, datetime.now(UTC), lambda *_: None)
    restoring.restore(file, BY, folder, lambda *_: None)
    pieces = sorted((folder / "tables" / "octets").iterdir())
    assert len(pieces) > 1
    assert max(piece.stat().st_size for piece in pieces) < 6_000_000
    messages = a_database(server)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):  # octets of no body: it does not hold together
        restoring.load_messages(folder, manifest, messages, lambda *_: None)
    pieces[-1].unlink()
    with pytest.raises(FileNotFoundError):
        restoring.load_messages(folder, manifest, messages, lambda *_: None)
    assert everything_in(messages, ("party", "octets"))["party"] == []
    assert everything_in(messages, ("octets",))["octets"] == []
