"""What the tests of the IMAP language share: a reader of octets, as a connection would use the frame."""

from collections.abc import Callable

import pytest

from vaguemestre.imap.commands.table import Command, parse_command
from vaguemestre.imap.frame import CommandReady, Framer, MessageAnnounced, after_sign_in
from vaguemestre.imap.session import Session

Read = Callable[..., Command]


@pytest.fixture(scope="session")
def read() -> Read:
    """Reads one command, given after its tag and without CR LF; accepts whatever message it announces."""

    def read_one(octets: bytes, session: Session | None = None) -> Command:
        framer = Framer(after_sign_in(message=1_000_000))
        framer.feed(b"a " + octets + b"\r\n")
        while (event := framer.next_event()) is not None:
            if isinstance(event, MessageAnnounced):
                framer.accept_message()
            if isinstance(event, CommandReady):
                return parse_command(event.line, session).command
        raise AssertionError("no command came out")

    return read_one
