"""What became of a message, from the command line."""

from tests.support.command_line import CommandLine


def test_a_name_nobody_knows_is_told_how_to_look(vaguemestre: CommandLine) -> None:
    said = vaguemestre("trace", "<nobody@example.org>")
    assert (said.status, said.out) == (1, "")
    assert "Message-ID" in said.err
    assert vaguemestre("trace", "<nobody@example.org>", "--json").json() == []
