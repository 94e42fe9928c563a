"""What a professional lets citizens write, from the command line. domain.md §2."""

from tests.support.command_line import CITIZEN, DOCTOR, CommandLine


def test_a_budget_is_set_shown_and_taken_back(vaguemestre: CommandLine) -> None:
    vaguemestre("bal", "add", DOCTOR, "--kind", "PER")
    vaguemestre("bal", "add", CITIZEN, "--kind", "CITIZEN")
    assert "none" in vaguemestre("bal", "solicitation", DOCTOR).out
    said = vaguemestre("bal", "solicitation", DOCTOR, "--budget", "3")
    assert (said.status, said.err) == (0, "")
    assert "3 before an answer" in said.out
    assert "3 before an answer" in vaguemestre("bal", "show", DOCTOR).out
    shown = vaguemestre("bal", "show", DOCTOR, "--json").json()
    assert isinstance(shown, dict)
    assert shown["solicitation"] == {"budget": 3, "conversations": []}
    found = vaguemestre("bal", "solicitation", DOCTOR, "--budget", "none", "--json").json()
    assert found == {"budget": None, "conversations": []}


def test_what_makes_no_sense_is_said(vaguemestre: CommandLine) -> None:
    vaguemestre("bal", "add", DOCTOR, "--kind", "PER")
    vaguemestre("bal", "add", CITIZEN, "--kind", "CITIZEN")
    wrong = vaguemestre("bal", "solicitation", DOCTOR, "--budget", "trois")
    assert (wrong.status, "1 to 1000" in wrong.err) == (2, True)
    assert vaguemestre("bal", "solicitation", DOCTOR, "--conversation", "1").status == 2
    missing = vaguemestre("bal", "solicitation", DOCTOR, "--budget", "3", "--conversation", "9")
    assert missing.status == 3
    assert vaguemestre("bal", "solicitation", CITIZEN, "--budget", "3").status == 1
    assert "solicitation" not in vaguemestre("bal", "show", CITIZEN, "--json").out
