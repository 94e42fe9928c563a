"""Which commands say that their client knows modification sequences. RFC 7162 §3.1.

From the first of them on, every FETCH response of the connection carries MODSEQ, asked for or not.
"""

from vaguemestre.imap.commands.fetch import Fetch, FetchAttribute
from vaguemestre.imap.commands.list import List
from vaguemestre.imap.commands.notify import Notify
from vaguemestre.imap.commands.search import Search
from vaguemestre.imap.commands.sort import Sort
from vaguemestre.imap.commands.status import Status, StatusItem
from vaguemestre.imap.commands.store import Store
from vaguemestre.imap.commands.table import Command
from vaguemestre.imap.search_key import asks_for_modseq


def shows_awareness(command: Command) -> bool:
    """Whether this is a "CONDSTORE enabling command"; ENABLE, SELECT and EXAMINE see to it themselves."""
    match command:
        case Status():
            return StatusItem.HIGHESTMODSEQ in command.items
        case List():
            return StatusItem.HIGHESTMODSEQ in command.status
        case Notify():
            return any(FetchAttribute.MODSEQ in group.items for group in command.groups)
        case Fetch():
            return FetchAttribute.MODSEQ in command.items
        case Store():
            return command.unchanged_since is not None
        case Search() | Sort():
            return asks_for_modseq(command.key)
        case _:
            return False
