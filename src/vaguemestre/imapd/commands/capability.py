"""CAPABILITY. RFC 9051 §6.1.1."""

from vaguemestre.imap import responses
from vaguemestre.imap.commands.capability import Capability
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: Capability) -> Done:
    """Tell what this client can use, as it stands now."""
    session.out.write(responses.capability(session.capabilities()))
    return Done("CAPABILITY completed")
