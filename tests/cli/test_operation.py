"""The other commands, and how all of them find their settings and fail."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
import typer
from tests.support.command_line import CITIZEN, DOCTOR, CommandLine
from typer.core import TyperGroup

from vaguemestre.cli.failures import _STATUSES
from vaguemestre.cli.main import command_line, every_command, main
from vaguemestre.net.development_pki import make_development_pki


def test_the_settings_file_may_be_named_in_four_ways(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(house / "vaguemestre.toml")
    assert main(["bal", "list"]) == 4
    assert "--config" in capsys.readouterr().err
    assert main(["bal", "list", "--config", file]) == 0
    assert main(["--config", file, "bal", "list"]) == 0
    monkeypatch.chdir(house)
    assert main(["bal", "list"]) == 0
    monkeypatch.chdir("/")
    monkeypatch.setenv("VAGUEMESTRE_CONFIG", file)
    assert main(["bal", "list"]) == 0
    assert main(["bal", "list", "--config", "/absent.toml"]) == 4


def test_wrong_settings_are_all_named_by_every_command(vaguemestre: CommandLine) -> None:
    vaguemestre.config.write_text('[listen]\nimapz = ""\n[limits]\nrecipients = 0\n')
    said = vaguemestre("bal", "list")
    assert said.status == 4
    assert "vaguemestre.toml:2: listen.imapz" in said.err
    assert "vaguemestre.toml:4: limits.recipients" in said.err


@pytest.mark.parametrize(
    "given",
    [("queue", "drop", "\udcff"), ("trace", "\udce9t\udce9"), ("bal", "show", "\udcff@cabinet.mssante.fr")],
)
def test_what_is_not_written_in_utf_8_is_a_mistake_of_who_gives_it(
    vaguemestre: CommandLine, given: tuple[str, ...]
) -> None:
    """So does Python hand over octets that are none: a paste from a terminal of another age."""
    said = vaguemestre(*given)
    assert said.status == 2, said.err
    assert "UTF-8" in said.err


def test_check_says_each_thing_that_is_wrong_and_how_to_mend_it(vaguemestre: CommandLine) -> None:
    folder = vaguemestre.config.parent
    (folder / "master.key").chmod(0o644)
    (folder / "certs" / "server.pem").unlink()
    said = vaguemestre("check", "--json")
    assert said.status == 1
    findings = said.json()
    assert isinstance(findings, list)
    assert {f["part"] for f in findings if not f["ok"]} == {"certificate", "master key", "database"}
    assert all(f["mend"] for f in findings if not f["ok"])


def test_check_names_a_certificate_that_has_expired(vaguemestre: CommandLine) -> None:
    certificates = vaguemestre.config.parent / "certs"
    shutil.rmtree(certificates)
    make_development_pki(certificates, datetime.now(UTC) - timedelta(days=366))
    said = vaguemestre("check")
    assert said.status == 1
    assert "expired on" in said.out


def test_check_names_a_scanner_that_does_not_answer(vaguemestre: CommandLine) -> None:
    text = vaguemestre.config.read_text()
    at = text.index("[antivirus]\n")
    at += len("[antivirus]\n")
    vaguemestre.config.write_text(f'{text[:at]}clamd = "/nowhere/clamd.ctl"\n{text[at:]}')
    said = vaguemestre("check")
    assert said.status == 1
    assert "clamd does not answer at /nowhere/clamd.ctl" in said.out
    found = vaguemestre("check", "--json").json()  # nothing else on that stream
    assert isinstance(found, list)
    assert [one["part"] for one in found if not one["ok"]] == ["antivirus"]


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("vaguemestre 0.")


def test_check_names_a_database_without_tables(vaguemestre: CommandLine) -> None:
    (vaguemestre.config.parent / "vaguemestre.db").unlink()
    said = vaguemestre("check")
    assert said.status == 1
    assert "migrate" in said.out
    assert vaguemestre("migrate").status == 0
    assert vaguemestre("check").status == 0


@pytest.mark.parametrize("command", ["migrate", "serve", "check", "doctor"])
def test_a_database_of_a_newer_release_is_told_and_left_alone(vaguemestre: CommandLine, command: str) -> None:
    house = vaguemestre.config.parent
    with closing(sqlite3.connect(house / "vaguemestre.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    kept = {each: each.read_bytes() for each in house.rglob("*") if _is_kept(each)}
    said = vaguemestre(command)
    assert said.status == (4 if command in ("migrate", "serve") else 1)
    told = " ".join((said.out + said.err).split())
    assert "9999" in told
    assert "newer" in told
    assert "run: vaguemestre migrate" not in told
    assert "Traceback" not in told
    assert {each: each.read_bytes() for each in house.rglob("*") if _is_kept(each)} == kept


def _is_kept(path: Path) -> bool:
    """What SQLite makes beside a database while somebody reads it comes and goes."""
    return path.is_file() and not path.name.endswith(("-wal", "-shm"))


def test_a_lost_master_key_is_said_without_a_traceback(vaguemestre: CommandLine) -> None:
    (vaguemestre.config.parent / "master.key").unlink()
    said = vaguemestre("bal", "list")
    assert said.status == 4
    assert "master" in said.err
    assert "Traceback" not in said.err


def _leave_a_message(vaguemestre: CommandLine, address: str) -> None:
    """Who comes back finds a notice in INBOX."""
    for act in ("suspend", "resume"):
        assert vaguemestre("bal", act, address).status == 0


def test_the_master_key_is_rotated_and_everything_still_opens(vaguemestre: CommandLine) -> None:
    vaguemestre("bal", "add", DOCTOR, "--kind", "PER")
    _leave_a_message(vaguemestre, DOCTOR)
    file = vaguemestre.config.parent / "master.key"
    before = file.read_text()
    assert vaguemestre("keys", "rotate").status == 0
    assert file.read_text() != before
    assert vaguemestre("inspect", DOCTOR, "--content", "1", "--reason", "a test").status == 0


def test_no_content_is_printed_where_a_second_operator_is_wanted(vaguemestre: CommandLine) -> None:
    vaguemestre("bal", "add", DOCTOR)
    settings = vaguemestre.config.read_text().replace("\n[console]\n", "\n[console]\nsecond_person = true\n")
    vaguemestre.config.write_text(settings)
    said = vaguemestre("inspect", DOCTOR, "--content", "1", "--reason", "complaint 42")
    assert said.status == 1
    assert "second operator" in said.err


def test_an_inspection_tells_the_holder_and_content_needs_a_reason(vaguemestre: CommandLine) -> None:
    vaguemestre("bal", "add", CITIZEN, "--kind", "CITIZEN")
    _leave_a_message(vaguemestre, CITIZEN)
    shown = vaguemestre("inspect", CITIZEN)
    assert shown.status == 0
    assert CITIZEN not in shown.out
    assert vaguemestre("inspect", CITIZEN, "--content", "1").status == 1
    content = vaguemestre("inspect", CITIZEN, "--content", "1", "--reason", "complaint 42")
    assert "Subject:" in content.out
    overview = vaguemestre("inspect", CITIZEN, "--json").json()
    assert isinstance(overview, dict)
    assert [message["uid"] for message in overview["inbox"]] == [1, 2]
    assert {message["goes_because_of"] for message in overview["inbox"]} == {"retention"}
    assert all(message["goes_at"] > message["received_at"] for message in overview["inbox"])
    assert "goes" in vaguemestre("inspect", CITIZEN).out
    assert [e["detail"].get("reason") for e in overview["journal"] if e["event"] == "inspected"] == [
        "complaint 42",
        None,
    ]


def test_unknown_conversations_have_their_own_status(vaguemestre: CommandLine) -> None:
    assert vaguemestre("conversation", "list", "--json").json() == []
    for command in ("show", "close", "open"):
        assert vaguemestre("conversation", command, "7").status == 3
    assert vaguemestre("conversation", "list", DOCTOR).status == 3


def test_nothing_expires_from_an_empty_house(vaguemestre: CommandLine) -> None:
    dry = vaguemestre("expire", "--dry-run", "--json").json()
    assert dry == {"messages": 0, "octets": 0, "accounts": 0, "dry_run": True, "days": []}
    gone = vaguemestre("expire", "--json").json()
    assert gone == {"messages": 0, "octets": 0, "keys": 0, "dry_run": False}


def test_a_folder_may_be_moved_as_a_whole(vaguemestre: CommandLine, tmp_path: Path) -> None:
    vaguemestre("bal", "add", DOCTOR, "--kind", "PER")
    moved = shutil.move(vaguemestre.config.parent, tmp_path / "elsewhere")
    assert main(["--config", f"{moved}/vaguemestre.toml", "bal", "show", DOCTOR]) == 0


def test_a_command_loads_neither_the_server_nor_what_meets_the_world_outside() -> None:
    program = "import sys, vaguemestre.cli.main as m; m.command_line('bal'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    ours = {f"vaguemestre.{room}" for room in ("app", "doors", "smtpd", "imapd", "console", "transport")}
    theirs = {"aiosmtplib", "alembic", "dns", "fastapi", "lxml", "signxml", "sqlalchemy", "uvloop"}
    unneeded = ours | theirs
    assert not unneeded & set(done.stdout.split())


def test_who_lists_accounts_waits_for_accounts_alone(house: Path) -> None:
    loaded = _loaded_by("--config", str(house / "vaguemestre.toml"), "bal", "list")
    rooms = "administration arriving conversations directory expiry held outbound telling"
    assert not {f"vaguemestre.service.{room}" for room in rooms.split()} & loaded
    unneeded = {"argon2", "joserfc", "scramp", "vaguemestre.service.sign_in.authentication"}
    assert not unneeded & loaded
    assert "vaguemestre.service.accounts.profiles" not in loaded
    assert "vaguemestre.service.accounts.keeping" in loaded


@pytest.mark.parametrize("asked", [("--version",), ("--help",), ("conversatoin",), ()])
def test_help_a_version_and_a_mistyped_word_load_no_command(asked: tuple[str, ...]) -> None:
    loaded = _loaded_by(*asked)
    unneeded = {"structlog", "vaguemestre.services", "vaguemestre.settings", "vaguemestre.cli.bal"}
    assert not unneeded & loaded


def test_the_help_says_of_each_command_what_it_says_of_itself() -> None:
    """It is said twice so that the help need not load what it speaks of."""
    listed, loaded = typer.main.get_command(command_line()), typer.main.get_command(every_command())
    assert isinstance(listed, TyperGroup)
    assert isinstance(loaded, TyperGroup)
    said = {name: command.help for name, command in listed.commands.items()}
    found = {name: " ".join(str(one.help).split("\n\n")[0].split()) for name, one in loaded.commands.items()}
    assert said == found
    assert list(said) == list(found)


def _loaded_by(*arguments: str) -> set[str]:
    program = f"import sys, vaguemestre.cli.main as m; m.main({list(arguments)!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("options", [("--config", "x.toml"), ("--config=x.toml",), ()])
def test_a_command_behind_its_settings_file_is_loaded_alone(options: tuple[str, ...]) -> None:
    loaded = _loaded_by(*options, "queue", "--help")
    assert {f"vaguemestre.cli.{name}" for name in ("serve", "demo.command", "bal")}.isdisjoint(loaded)
    assert "vaguemestre.cli.queue" in loaded


def test_every_error_that_has_a_status_is_one() -> None:
    for name in _STATUSES:
        module, _, error = name.rpartition(".")
        assert issubclass(getattr(import_module(module), error), Exception), name


def test_a_mistyped_command_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conversatoin", "list"]) == 2
    assert "conversation" in capsys.readouterr().err
