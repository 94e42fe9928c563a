"""Who administers, from the command line; what the link leads to is in tests/console."""

from tests.support.command_line import CommandLine


def test_an_account_is_made_changed_and_disabled(vaguemestre: CommandLine) -> None:
    added = vaguemestre("console", "add", "Anna", "--role", "operator")
    assert added.status == 0
    assert "/enrol/" in added.out
    anna = {
        "name": "anna",
        "role": "operator",
        "state": "link not yet opened",
        "passkeys": 0,
        "signed_in_at": None,
    }
    found = vaguemestre("console", "list", "--json").json()
    assert isinstance(found, list)
    assert anna in found
    assert vaguemestre("console", "role", "anna", "--role", "auditor").status == 0
    assert vaguemestre("console", "disable", "anna").status == 0
    listed = vaguemestre("console", "list")
    assert "auditor" in listed.out
    assert "disabled" in listed.out
    assert vaguemestre("console", "enable", "anna").status == 0
    again = vaguemestre("console", "reset", "anna")
    assert "/enrol/" in again.out
    assert again.out != added.out


def test_what_cannot_be_is_said(vaguemestre: CommandLine) -> None:
    assert vaguemestre("console", "add", "é", "--role", "operator").status == 1
    assert vaguemestre("console", "add", "bert", "--role", "king").status == 2
    assert vaguemestre("console", "reset", "nobody").status == 3
    assert vaguemestre("console", "add", "twice", "--role", "support").status == 0
    said = vaguemestre("console", "add", "twice", "--role", "support")
    assert (said.status, "already" in said.err) == (1, True)
