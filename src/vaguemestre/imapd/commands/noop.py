"""NOOP and CHECK. RFC 9051 §6.1.2, RFC 3501 §6.4.1.

The store is asked, whatever signals said: a client that polls is told of all that was committed before.
"""

from vaguemestre.imap.commands.check import Check
from vaguemestre.imap.commands.noop import Noop
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: Noop | Check) -> Done:
    """Be up to date; the news is told as for every command."""
    if session.selected is not None:
        await session.selected.opened.refresh()
    return Done("Completed")
