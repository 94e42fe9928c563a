"""Messages that wait, from the command line; what is done with them is in tests/journeys."""

from tests.support.command_line import CommandLine


def test_nothing_waits_at_first(vaguemestre: CommandLine) -> None:
    assert vaguemestre("held", "list", "--json").json() == []
    assert vaguemestre("held", "list").status == 0


def test_what_does_not_wait_is_not_found(vaguemestre: CommandLine) -> None:
    for command in ("show", "cancel", "release"):
        said = vaguemestre("held", command, "0123456789ab")
        assert (said.status, said.out) == (3, "")
        assert "No message waits as 0123456789ab" in said.err
    assert vaguemestre("held", "list", "nobody@cabinet.mssante.fr").status == 3
