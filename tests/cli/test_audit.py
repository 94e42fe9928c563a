"""``vaguemestre audit``: verify, export, anchor."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest
from tests.support.command_line import CITIZEN, DOCTOR, CommandLine
from tests.support.time_stamping import a_stamping_house, listening

from vaguemestre.cli.failures import ExitStatus


@pytest.fixture
def lived_in(vaguemestre: CommandLine) -> CommandLine:
    """Some lines in the journal, and all of them chained."""
    for address, kind in ((DOCTOR, "PER"), (CITIZEN, "CITIZEN")):
        assert vaguemestre("bal", "add", address, "--kind", kind).status == 0
    assert vaguemestre("bal", "suspend", CITIZEN, "--reason", "essai").status == 0
    assert vaguemestre("audit", "anchor").status == 0
    return vaguemestre


def exported(said: str) -> list[dict[str, object]]:
    return [cast(dict[str, object], json.loads(line)) for line in said.splitlines()]


def test_a_journal_that_nobody_touched_verifies(lived_in: CommandLine) -> None:
    said = lived_in("audit", "verify")
    assert said.status == 0
    assert "The journal is as it was written." in said.out
    assert "1 line without a place yet" in said.out  # the anchor's own line


def test_what_is_exported_is_chosen_and_the_export_is_a_line_itself(lived_in: CommandLine) -> None:
    everything = exported(lived_in("audit", "export").out)
    assert [line["line"] for line in everything] == list(range(1, len(everything) + 1))
    added = exported(lived_in("audit", "export", "--kind", "account_added").out)
    assert [line["event"] for line in added] == ["account_added"] * 2
    his = exported(lived_in("audit", "export", "--bal", CITIZEN, "--from", "2020-01-01").out)
    assert {line["bal"] for line in his} == {added[1]["bal"]}
    assert exported(lived_in("audit", "export", "--to", "2020-01-01").out) == []
    assert [line["event"] for line in exported(lived_in("audit", "export").out)].count("audit_exported") == 4
    assert lived_in("audit", "export", "--bal", "nobody@nowhere.example").status == 3


def test_an_export_goes_into_a_new_file_of_the_owner_alone(lived_in: CommandLine) -> None:
    file = lived_in.config.parent / "journal.jsonl"
    assert lived_in("audit", "export", "--output", str(file)).status == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(exported(file.read_text())) > 3
    assert lived_in("audit", "export", "--output", str(file)).status == 1


def test_a_line_that_was_changed_is_located_and_the_status_says_so(
    lived_in: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(lived_in.config.parent / "vaguemestre.db")) as database, database:
        database.execute("UPDATE journal SET actor = 'operator:paul' WHERE seq = 2")
    said = lived_in("audit", "verify", "--json")
    assert said.status == 1
    found = cast(dict[str, list[dict[str, object]]], said.json())
    assert [(fault["kind"], fault["first"], fault["last"]) for fault in found["faults"]] == [
        ("changed", 2, 2)
    ]
    assert found["faults"][0]["since"]
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    said = lived_in("audit", "verify")
    assert "1 constat : le journal a été altéré." in said.out
    assert "la ligne a été modifiée" in said.out


def test_an_anchor_kept_elsewhere_is_compared(lived_in: CommandLine) -> None:
    file = lived_in.config.parent / "elsewhere.anchor"
    assert lived_in("audit", "anchor", "--output", str(file)).status == 0
    said = lived_in("audit", "verify", "--json", str(file))
    assert (said.status, cast(dict[str, object], said.json())["anchors"]) == (0, 1)
    file.write_text(file.read_text().replace("line: ", "line: 1"))
    said = lived_in("audit", "verify", str(file))
    assert said.status == 1
    assert "not signed by this server" in said.out


def test_an_anchor_is_stamped_outside_and_its_stamp_verified(lived_in: CommandLine, tmp_path: Path) -> None:
    file = lived_in.config.parent / "elsewhere.anchor"
    asked = ("audit", "anchor", "--stamp", "--output", str(file))
    assert lived_in(*asked).status == ExitStatus.CONFIGURATION
    assert lived_in("audit", "anchor", "--stamp").status == ExitStatus.USAGE
    before = lived_in.config.read_text()
    with listening(a_stamping_house(tmp_path / "authority")) as house:
        told = f'[audit]\ntime_stamps = "{house.url}"\ntime_stamp_authorities = "{house.root}"'
        lived_in.config.write_text(before.replace("[audit]", told, 1))
        done = lived_in(*asked)
        assert done.status == 0, done.err
        assert "Time-stamped outside" in done.err
    said = lived_in("audit", "verify", str(file))
    assert said.status == 0
    assert "1 time stamp verified, 0 of them" in said.out
    stamp = file.with_name("elsewhere.anchor.tsr")
    whole = stamp.read_bytes()
    stamp.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    found = cast(dict[str, list[dict[str, object]]], lived_in("audit", "verify", "--json", str(file)).json())
    assert [(fault["kind"], fault["source"]) for fault in found["faults"]] == [("stamp", str(stamp))]
    assert [one["verified"] for one in found["time_stamps"]] == [False]
    lived_in.config.write_text(before)
    said = lived_in("audit", "verify", str(file))
    assert said.status == 0
    assert "1 time stamp not verified" in said.out


def test_whom_to_believe_is_said_with_whom_to_ask_and_passwords_go_over_tls(lived_in: CommandLine) -> None:
    before = lived_in.config.read_text()
    whole = 'time_stamp_authorities = "ca.pem"\ntime_stamps_password_file = "secret"\n'
    for told in (
        'time_stamps = "https://tsa.example/"',
        'time_stamps = "tsa.example"',
        whole,
        f'{whole}time_stamps_user = "us"\ntime_stamps = "http://tsa.example/"',
        f'{whole}time_stamps_user = "u:s"\ntime_stamps = "https://tsa.example/"',
    ):
        lived_in.config.write_text(before.replace("[audit]", f"[audit]\n{told}", 1))
        said = lived_in("audit", "verify")
        assert said.status == ExitStatus.CONFIGURATION
        assert "time_stamp" in said.err
