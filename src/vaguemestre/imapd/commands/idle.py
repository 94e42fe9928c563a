"""IDLE. RFC 9051 §6.3.13: no task waits; what changes is pushed from the signal itself."""

from vaguemestre.imap import responses
from vaguemestre.imap.commands.idle import Idle, is_done
from vaguemestre.imap.errors import CommandSyntaxError
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: Idle) -> None:
    """Tell what is new already, then everything at once as it comes, until DONE."""

    async def ended(line: bytes) -> Done:
        session.idling = False
        if not is_done(line):
            raise CommandSyntaxError("Expected DONE")
        return Done("IDLE completed")

    session.expect_line(ended)
    session.out.write(responses.continuation("idling"))
    session.idling = True
    session.push()
