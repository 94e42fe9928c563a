"""Commands by which a client shows that it knows modification sequences. RFC 7162 §3.1."""

import pytest

from vaguemestre.imap.command_line import CommandLine
from vaguemestre.imap.commands.table import parse_command
from vaguemestre.imap.condstore import shows_awareness


@pytest.mark.parametrize(
    ("octets", "shown"),
    [
        (b"STATUS INBOX (MESSAGES HIGHESTMODSEQ)", True),
        (b"STATUS INBOX (MESSAGES)", False),
        (b'LIST "" * RETURN (STATUS (HIGHESTMODSEQ))', True),
        (b'LIST "" *', False),
        (b"FETCH 1 (FLAGS MODSEQ)", True),
        (b"FETCH 1 FLAGS (CHANGEDSINCE 0)", True),
        (b"UID FETCH 1 FULL", False),
        (b"STORE 1 (UNCHANGEDSINCE 0) FLAGS ()", True),
        (b"UID STORE 1 FLAGS ()", False),
        (b"SEARCH OR SEEN (NOT MODSEQ 1 DRAFT)", True),
        (b"SEARCH NOT SEEN", False),
        (b"SORT (DATE) UTF-8 MODSEQ 1", True),
        (b"NOOP", False),
    ],
)
def test_a_command_that_needs_modseq_shows_it(octets: bytes, shown: bool) -> None:
    assert shows_awareness(parse_command(CommandLine(b"a " + octets)).command) is shown
