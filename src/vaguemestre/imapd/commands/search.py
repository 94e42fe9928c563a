"""SEARCH and UID SEARCH. RFC 9051 §6.4.4; RETURN is of RFC 4731."""

from vaguemestre.imap import responses
from vaguemestre.imap.commands.search import Search
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.search import find
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: Search) -> Done:
    """The messages that match, by number or by UID, ascending."""
    found = await find(session.open, command.key, session.shared.clock.now())
    numbers = [row.uid if command.by_uid else seqnum for seqnum, row in found]
    if command.returns is None:
        session.out.write(responses.search(numbers))
    else:
        session.out.write(responses.esearch(session.tag, numbers, command.returns, by_uid=command.by_uid))
    return Done("SEARCH completed")
