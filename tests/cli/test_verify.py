"""``vaguemestre verify`` finds what does not fit; ``repair`` recomputes what can be, when it is told to."""

import sqlite3
from contextlib import closing
from typing import cast

import pytest
from tests.support.command_line import DOCTOR, CommandLine


@pytest.fixture
def lived_in(vaguemestre: CommandLine) -> CommandLine:
    """An account with some notices."""
    assert vaguemestre("bal", "add", DOCTOR, "--kind", "PER").status == 0
    for _ in range(2):
        assert vaguemestre("inspect", DOCTOR).status == 0
    return vaguemestre


def tamper(command: CommandLine, *statements: str) -> None:
    with closing(sqlite3.connect(command.config.parent / "vaguemestre.db")) as database, database:
        for statement in statements:
            database.execute(statement)


def kinds(command: CommandLine, *arguments: str) -> tuple[int, list[object]]:
    said = command(*arguments, "--json")
    found = cast(dict[str, list[dict[str, object]]], said.json())
    return said.status, [finding["kind"] for finding in found["findings"]]


def test_a_store_that_fits_together_is_sound(lived_in: CommandLine) -> None:
    assert kinds(lived_in, "verify", "--deep") == (0, [])
    assert "0 findings." in lived_in("verify").out


def test_sums_and_ends_are_found_told_and_repaired_on_demand(lived_in: CommandLine) -> None:
    tamper(
        lived_in,
        "UPDATE bal SET used = used + 7",
        "UPDATE mailbox SET highest_modseq = 0, uid_next = 1 WHERE id IN (SELECT mailbox FROM message)",
    )
    assert kinds(lived_in, "verify") == (1, ["sum", "ends"])
    assert kinds(lived_in, "repair") == (0, ["sum", "ends"])
    assert kinds(lived_in, "verify")[0] == 1
    said = lived_in("repair", "--do")
    assert "2 repairs." in said.out
    assert kinds(lived_in, "verify") == (0, [])
    assert "store_repaired" in lived_in("audit", "export", "--kind", "store_repaired").out


def test_what_is_lost_is_told_and_not_repaired(lived_in: CommandLine) -> None:
    tamper(
        lived_in,
        "UPDATE body SET card = zeroblob(40) WHERE number = (SELECT min(number) FROM body)",
        "UPDATE octets SET octets = zeroblob(40) WHERE body = (SELECT max(body) FROM octets)",
    )
    assert kinds(lived_in, "verify", "--deep") == (1, ["card", "body"])
    tamper(lived_in, "PRAGMA foreign_keys=OFF", "UPDATE message SET body = zeroblob(16)")
    status, found = kinds(lived_in, "repair", "--do")
    assert (status, set(found)) == (0, {"no_body"})
    assert kinds(lived_in, "verify")[0] == 1
