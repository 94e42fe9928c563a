"""ID. RFC 2971 §3: our name and no version, which would tell an attacker what to try."""

from vaguemestre.imap import responses
from vaguemestre.imap.commands.id import Id
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: Id) -> Done:
    """What the client says of itself is not kept."""
    session.out.write(responses.server_id({"name": "Vaguemestre"}))
    return Done("ID completed")
