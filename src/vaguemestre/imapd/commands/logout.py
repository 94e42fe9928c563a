"""LOGOUT. RFC 9051 §6.1.3."""

from vaguemestre.imap import responses
from vaguemestre.imap.commands.logout import Logout
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: Logout) -> Done:
    """Say BYE, then part."""
    session.unselect()
    session.place = session.place.logged_out()
    session.out.write(responses.bye("Goodbye"))
    return Done("LOGOUT completed", hang_up=True)
