r"""CLOSE and UNSELECT. RFC 9051 §6.4.1, RFC 9051 §6.4.2."""

from vaguemestre.imap.commands.close import Close
from vaguemestre.imap.commands.unselect import Unselect
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.mailbox import DELETED


async def run(session: ClientSession, command: Close | Unselect) -> Done:
    r"""Leave the mailbox; CLOSE removes what is \Deleted, without a word."""
    selected = session.open
    if isinstance(command, Close) and not selected.read_only:
        deleted = [uid for uid, row in selected.opened.rows.items() if row.flags & DELETED]
        if deleted:
            await selected.opened.expunge(session.holder, deleted)
    session.unselect()
    return Done("Completed")
