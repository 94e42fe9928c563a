"""Which accounts nobody signs in to, from the command line. domain.md §3."""

from tests.support.command_line import DOCTOR, CommandLine


def test_nobody_is_dormant_on_the_first_day_and_a_wrong_kind_is_refused(vaguemestre: CommandLine) -> None:
    vaguemestre("bal", "add", DOCTOR, "--kind", "PER")
    assert vaguemestre("bal", "dormant", "--json").json() == []
    assert "0 accounts" in vaguemestre("bal", "dormant").out
    vaguemestre.monkeypatch.setenv("VAGUEMESTRE_INACTIVITY__KINDS", "PER, NURSE")
    said = vaguemestre("bal", "dormant")
    assert said.status == 4
    assert "NURSE" in said.err
