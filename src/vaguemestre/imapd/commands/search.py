"""SEARCH and UID SEARCH. RFC 9051 §6.4.4; RETURN is of RFC 4731, SAVE of RFC 5182."""

from dataclasses import replace

from vaguemestre.imap import responses
from vaguemestre.imap.commands.search import Search, SearchReturn
from vaguemestre.imapd.found import saving, tell
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.search import find
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: Search) -> Done:
    """The messages that match, by number or by UID, ascending."""
    if command.returns is None and session.place.rev2:  # RFC 9051 §6.4.4: ESEARCH is all there is
        command = replace(command, returns=frozenset({SearchReturn.ALL}))
    with saving(session.open, command.returns):
        found = await find(session.open, command.key, session.shared.clock.now())
    tell(session, found, command, responses.search)
    return Done("SEARCH completed")
