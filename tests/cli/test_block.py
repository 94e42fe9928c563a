"""Blocking from the command line. domain.md §2."""

from tests.support.command_line import CITIZEN, DOCTOR, CommandLine


def test_a_professional_is_blocked_listed_and_unblocked(vaguemestre: CommandLine) -> None:
    vaguemestre("bal", "add", CITIZEN, "--kind", "CITIZEN")
    said = vaguemestre("block", "add", CITIZEN, DOCTOR)
    assert (said.status, said.err) == (0, "")
    assert CITIZEN not in said.out
    assert "already" in vaguemestre("block", "add", CITIZEN, DOCTOR).out
    listed = vaguemestre("block", "list", CITIZEN, "--json").json()
    assert isinstance(listed, list)
    assert [one["professional"] for one in listed] == [DOCTOR]
    assert DOCTOR in vaguemestre("block", "list", CITIZEN).out
    assert vaguemestre("block", "remove", CITIZEN, DOCTOR).status == 0
    assert vaguemestre("block", "remove", CITIZEN, DOCTOR).status == 3
    assert vaguemestre("block", "list", DOCTOR).status == 3
