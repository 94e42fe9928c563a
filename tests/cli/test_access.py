"""Readers of others' mailboxes from the command line."""

from tests.support.builders import CITIZEN, OTHER_CITIZEN
from tests.support.command_line import DOCTOR, CommandLine

OTHER_DOCTOR = "paul.durand@hopital.mssante.example"


def test_access_is_granted_listed_and_revoked(vaguemestre: CommandLine) -> None:
    for address in (DOCTOR, OTHER_DOCTOR):
        vaguemestre("bal", "add", address, "--kind", "PER")
    said = vaguemestre(
        *("access", "grant", DOCTOR, OTHER_DOCTOR, "--kind", "delegate", "--rights", "read,send"),
        *("--until", "2040-12-31", "--reason", "secrétariat"),
    )
    assert (said.status, said.err) == (0, "")
    assert "Grant 1:" in said.out
    listed = vaguemestre("access", "list", DOCTOR, "--json").json()
    assert isinstance(listed, list)
    assert [(one["reader"], one["rights"], one["ends_at"]) for one in listed] == [
        (OTHER_DOCTOR, ["read", "send"], "2040-12-31T23:00:00+00:00")
    ]
    assert "secrétariat" in vaguemestre("access", "list", OTHER_DOCTOR, "--reader").out
    assert vaguemestre("access", "revoke", "1").status == 0
    assert vaguemestre("access", "revoke", "1").status == 1
    assert "revoked" in vaguemestre("access", "list", DOCTOR).out


def test_a_childs_representative_is_granted_after_the_birth_date(vaguemestre: CommandLine) -> None:
    vaguemestre("bal", "add", CITIZEN, "--kind", "CITIZEN", "--birth-date", "2024-02-29")
    vaguemestre("bal", "add", OTHER_CITIZEN, "--kind", "CITIZEN")
    asked = ("access", "grant", CITIZEN, OTHER_CITIZEN, "--kind", "representative", "--json")
    made = vaguemestre(*asked).json()
    assert isinstance(made, dict)
    assert made["ends_at"] == "2042-02-28T23:00:00+00:00"
    assert vaguemestre("bal", "change", CITIZEN, "--birth-date", "2024-02-28").status == 0
    listed = vaguemestre("access", "list", CITIZEN, "--json").json()
    assert isinstance(listed, list)
    assert [one["ends_at"] for one in listed] == ["2042-02-27T23:00:00+00:00"]


def test_what_is_mistyped_is_said(vaguemestre: CommandLine) -> None:
    vaguemestre("bal", "add", DOCTOR, "--kind", "PER")
    vaguemestre("bal", "add", OTHER_DOCTOR, "--kind", "PER")
    grant = ("access", "grant", DOCTOR, OTHER_DOCTOR, "--kind", "delegate")
    assert vaguemestre(*grant, "--rights", "lire").status == 2
    assert vaguemestre(*grant, "--until", "demain").status == 2
    assert vaguemestre(*grant, "--until", "2001-01-01").status == 1
    assert vaguemestre("access", "list", "nobody@cabinet.mssante.fr").status == 3
