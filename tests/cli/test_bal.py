"""Accounts from the command line: made, shown, changed, and refused with a reason."""

import pytest
from tests.support.command_line import CITIZEN, DOCTOR, PROFESSIONAL_DOMAIN, CommandLine


def test_an_account_is_made_and_shown(vaguemestre: CommandLine) -> None:
    arguments = ("--kind", "PER", "--name", "Claire Martin", "--rpps", "10003456786", "--password-stdin")
    said = vaguemestre("bal", "add", DOCTOR, *arguments, "--json", stdin="a good password\n")
    assert said.status == 0, said.err
    shown = vaguemestre("bal", "show", DOCTOR.upper(), "--json").json()
    assert isinstance(shown, dict)
    assert (shown["address"], shown["kind"], shown["state"]) == (DOCTOR, "PER", "active")
    assert (shown["rpps"], shown["quota"]) == ("10003456786", 2_000_000_000)


def test_without_a_password_the_operator_is_told_that_nobody_signs_in(vaguemestre: CommandLine) -> None:
    said = vaguemestre("bal", "add", DOCTOR, "--kind", "per")
    assert said.status == 0
    assert "bal password" in said.err
    assert vaguemestre("bal", "password", DOCTOR, "--password-stdin", stdin="another one\n").status == 0


def test_tables_mask_the_ins_unless_asked_and_json_holds_it(vaguemestre: CommandLine) -> None:
    assert vaguemestre("bal", "add", CITIZEN, "--kind", "CITIZEN").status == 0
    assert CITIZEN not in vaguemestre("bal", "list").out
    assert CITIZEN in vaguemestre("bal", "list", "--show-ins").out
    listed = vaguemestre("bal", "list", "--kind", "citizen", "--json").json()
    assert isinstance(listed, list)
    assert [bal["address"] for bal in listed] == [CITIZEN]
    assert vaguemestre("bal", "list", "--kind", "org", "--json").json() == []


def test_an_account_goes_through_its_life(vaguemestre: CommandLine) -> None:
    vaguemestre("bal", "add", CITIZEN, "--kind", "CITIZEN", "--inactive")
    life = (
        ("activate", "active"),
        ("suspend", "suspended"),
        ("resume", "active"),
        ("close", "closed"),
        ("reopen", "active"),
        ("oppose", "opposed"),
    )
    for command, state in life:
        said = vaguemestre("bal", command, CITIZEN, "--reason", "essai")
        assert (said.status, said.out.rpartition("@")[2]) == (0, f"patient.mssante.fr is now {state}.\n")
        assert CITIZEN not in said.out
    assert vaguemestre("bal", "reopen", CITIZEN).status == 1
    said = vaguemestre("bal", "reopen", CITIZEN, "--for-holder", "--json")
    assert said.json() == {"address": CITIZEN, "state": "active", "conversations_closed": 0}


@pytest.mark.parametrize(
    ("arguments", "status", "reason"),
    [
        ((DOCTOR, "--kind", "PER", "--rpps", "10003456780"), 1, "Luhn"),
        ((DOCTOR, "--kind", "CITIZEN"), 1, "patient.mssante.fr"),
        (("191070000002271@patient.mssante.fr", "--kind", "CITIZEN"), 1, "asks for 43"),
        (("claire@elsewhere.fr", "--kind", "PER"), 1, PROFESSIONAL_DOMAIN),
        (("claire", "--kind", "PER"), 2, "local@domain"),
        ((DOCTOR, "--kind", "NURSE"), 2, "NURSE"),
        ((DOCTOR, "--kind", "PER", "--password-stdin"), 2, "no password"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(
    vaguemestre: CommandLine, arguments: tuple[str, ...], status: int, reason: str
) -> None:
    said = vaguemestre("bal", "add", *arguments)
    assert said.status == status
    assert reason in said.err
    assert "Traceback" not in said.err


def test_an_unknown_account_has_its_own_status(vaguemestre: CommandLine) -> None:
    for command in ("show", "activate", "suspend", "resume", "oppose", "close", "reopen"):
        assert vaguemestre("bal", command, DOCTOR).status == 3


def test_the_same_address_twice_is_refused(vaguemestre: CommandLine) -> None:
    assert vaguemestre("bal", "add", DOCTOR, "--kind", "PER").status == 0
    assert vaguemestre("bal", "add", DOCTOR.upper(), "--kind", "ORG").status == 1


def test_a_citizen_whose_ins_changed_has_an_alias(vaguemestre: CommandLine) -> None:
    other = "279035121518890@patient.mssante.fr"
    vaguemestre("bal", "add", CITIZEN, "--kind", "CITIZEN")
    said = vaguemestre("bal", "alias", "add", CITIZEN, other)
    assert said.status == 0, said.err
    assert other not in said.out
    assert vaguemestre("bal", "alias", "list", other, "--json").json() == {
        "address": CITIZEN,
        "aliases": [other],
    }
    assert other not in vaguemestre("bal", "alias", "list", CITIZEN).out
    assert vaguemestre("bal", "alias", "add", CITIZEN, other).status == 1
    assert vaguemestre("bal", "alias", "remove", CITIZEN, other).status == 0
    assert vaguemestre("bal", "show", other).status == 3


def test_what_the_directory_says_is_kept_shown_and_changed(vaguemestre: CommandLine) -> None:
    made = vaguemestre("bal", "add", DOCTOR, "--kind", "ORG", "--sector", "SA33", "--json").json()
    assert isinstance(made, dict)
    assert (made["sector"], made["unlisted"]) == ("SA33", False)
    assert vaguemestre("bal", "change", DOCTOR, "--sector", "SA38", "--unlisted").status == 0
    shown = vaguemestre("bal", "show", DOCTOR, "--json").json()
    assert isinstance(shown, dict)
    assert (shown["sector"], shown["unlisted"]) == ("SA38", True)
    assert vaguemestre("bal", "change", DOCTOR, "--listed", "--sector", "").status == 0
    shown = vaguemestre("bal", "show", DOCTOR, "--json").json()
    assert isinstance(shown, dict)
    assert (shown["sector"], shown["unlisted"]) == (None, False)
    assert vaguemestre("bal", "change", DOCTOR).status == 2
    assert "SA33" in vaguemestre("bal", "change", DOCTOR, "--sector", "pharmacie").err


def test_an_error_about_a_citizen_shows_no_ins_whole(vaguemestre: CommandLine) -> None:
    said = vaguemestre("bal", "show", CITIZEN)
    assert (said.status, CITIZEN[:15] in said.err) == (3, False)
    assert "1············43@patient.mssante.fr" in said.err
    vaguemestre("bal", "add", CITIZEN, "--kind", "CITIZEN")
    assert CITIZEN[:15] not in vaguemestre("bal", "add", CITIZEN, "--kind", "CITIZEN").err
