r"""EXPUNGE and UID EXPUNGE. RFC 9051 §6.4.3, RFC 9051 §6.4.9, RFC 7162 §3.2.7, RFC 7162 §3.2.9."""

from vaguemestre.imap import codes
from vaguemestre.imap.commands.expunge import Expunge
from vaguemestre.imapd.outcome import Done, read_only
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.access import Deed
from vaguemestre.mail.mailbox import DELETED
from vaguemestre.policy.access import may
from vaguemestre.service.access.reading_for import not_allowed, place_of
from vaguemestre.service.mailboxes.refusals import history_is_read_only


async def run(session: ClientSession, command: Expunge) -> Done:
    r"""Remove what is \Deleted, everywhere or among some UIDs; the numbers are told as news."""
    selected = session.open
    if selected.read_only:
        raise read_only()
    if selected.opened.mailbox.is_history:
        raise history_is_read_only()
    if session.reader is not None:
        place = place_of(selected.opened.mailbox)
        if not may(session.reader.rights, Deed.DELETE, place):
            raise not_allowed()
    rows = selected.opened.rows
    among = rows if command.uids is None else selected.uids(command.uids, by_uid=True)
    deleted = [uid for uid in among if uid in rows and rows[uid].flags & DELETED]
    if deleted:
        await selected.opened.expunge(session.holder, deleted, session.reader)
        if session.place.qresync:
            # The news told before the answer reaches as far as this.
            return Done("EXPUNGE completed", codes.highestmodseq(selected.opened.modseq))
    return Done("EXPUNGE completed")
