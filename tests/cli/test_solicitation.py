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
    unset: dict[str, object] = {"hours": None, "answer": None, "conversations": []}
    assert shown["solicitation"] == {"budget": 3} | unset
    found = vaguemestre("bal", "solicitation", DOCTOR, "--budget", "none", "--json").json()
    assert found == {"budget": None} | unset


def test_hours_and_what_is_added_to_the_answer_are_set_and_shown(vaguemestre: CommandLine) -> None:
    vaguemestre("bal", "add", DOCTOR, "--kind", "PER")
    said = vaguemestre("bal", "solicitation", DOCTOR, "--hours", "lun - ven 9h à 18h", "--answer", "Merci.")
    assert (said.status, said.err) == (0, "")
    shown = vaguemestre("bal", "show", DOCTOR).out
    assert "lun-ven 9h-18h" in shown
    assert "Merci." in shown
    off = ("bal", "solicitation", DOCTOR, "--hours", "none", "--answer", "none", "--json")
    assert '"hours": null' in vaguemestre(*off).out
    wrong = vaguemestre("bal", "solicitation", DOCTOR, "--hours", "toujours")
    assert (wrong.status, "lun-ven 9h-18h" in wrong.err) == (2, True)
    both = vaguemestre(
        "bal", "solicitation", DOCTOR, "--hours", "none", "--budget", "1", "--conversation", "1"
    )
    assert both.status == 2


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
