r"""CLOSE and UNSELECT. RFC 9051 §6.4.1, RFC 9051 §6.4.2."""

from vaguemestre.imap.commands.close import Close
from vaguemestre.imap.commands.unselect import Unselect
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.access import Deed
from vaguemestre.mail.mailbox import DELETED
from vaguemestre.policy.access import may
from vaguemestre.service.access.reading_for import place_of


async def run(session: ClientSession, command: Close | Unselect) -> Done:
    r"""Leave the mailbox; CLOSE removes what is \Deleted, without a word."""
    selected = session.open
    if isinstance(command, Close) and not selected.read_only:
        deleted = [uid for uid, row in selected.opened.rows.items() if row.flags & DELETED]
        # RFC 4314 §4: without the right to expunge CLOSE leaves the messages, and says nothing.
        rights = session.reader.rights if session.reader is not None else None
        if deleted and (rights is None or may(rights, Deed.DELETE, place_of(selected.opened.mailbox))):
            await selected.opened.expunge(session.holder, deleted, session.reader)
    session.unselect()
    return Done("Completed")
