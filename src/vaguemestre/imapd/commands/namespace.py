"""NAMESPACE. RFC 9051 §6.3.10."""

from vaguemestre.imap import responses
from vaguemestre.imap.commands.namespace import Namespace
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: Namespace) -> Done:
    """One personal namespace, and nobody else's."""
    session.out.write(responses.namespace())
    return Done("NAMESPACE completed")
