"""ENABLE. RFC 9051 §6.3.1: nothing this server announces waits to be enabled yet, so nothing is."""

from vaguemestre.imap import responses
from vaguemestre.imap.commands.enable import Enable
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: Enable) -> Done:
    """Words that are unknown are passed over in silence: all of them are."""
    session.out.write(responses.enabled(()))
    return Done("ENABLE completed")
