"""Who administers, from the command line; what the link leads to is in tests/console."""

import pytest
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
        "linked": None,
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


def test_an_account_is_linked_to_the_provider_of_the_settings(
    vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert vaguemestre("console", "add", "carla", "--role", "support").status == 0
    said = vaguemestre("console", "link", "carla", "carla@idp")
    assert (said.status, "set issuer" in said.err) == (4, True)
    monkeypatch.setenv("VAGUEMESTRE_CONSOLE_OPENID__ISSUER", "https://auth.example.fr")
    monkeypatch.setenv("VAGUEMESTRE_CONSOLE_OPENID__CLIENT", "console")
    assert vaguemestre("console", "link", "carla", "carla@idp").status == 0
    assert vaguemestre("console", "add", "dora", "--role", "support").status == 0
    said = vaguemestre("console", "link", "dora", "carla@idp")
    assert (said.status, "carla" in said.err) == (1, True)
    assert "carla@idp" in vaguemestre("console", "list").out
    assert "any more" in vaguemestre("console", "unlink", "carla").out
    assert "was not linked" in vaguemestre("console", "unlink", "carla").out


def test_what_cannot_be_is_said(vaguemestre: CommandLine) -> None:
    assert vaguemestre("console", "add", "é", "--role", "operator").status == 1
    assert vaguemestre("console", "add", "bert", "--role", "king").status == 2
    assert vaguemestre("console", "reset", "nobody").status == 3
    assert vaguemestre("console", "add", "twice", "--role", "support").status == 0
    said = vaguemestre("console", "add", "twice", "--role", "support")
    assert (said.status, "already" in said.err) == (1, True)
