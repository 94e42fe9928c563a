"""REPLACE and UID REPLACE. RFC 8508 §3.4: the new message is there and the old one gone, or neither.

The new message inherits nothing of the old one (RFC 8508 §1): like any that a client uploads it belongs to no
conversation and begins a retention of its own, and filed in «Conversations closes» it closes nothing, because
no message of a conversation was moved there. It needs only the room that the old one does not leave.

APPENDUID is told in an untagged OK, before the message that was replaced is told gone (RFC 8508 §4.3).
"""

from vaguemestre.imap import codes, responses
from vaguemestre.imap.commands.replace import Replace
from vaguemestre.imapd import coming
from vaguemestre.imapd.commands.copy import try_create
from vaguemestre.imapd.listing import tell_respelt
from vaguemestre.imapd.outcome import CommandRefused, Done, read_only
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.mailbox import MessageRow
from vaguemestre.service.mailboxes.refusals import MailboxRefused


async def begin(session: ClientSession, command: Replace) -> None:
    """Make ready for the message announced. Raises MailboxRefused, CommandRefused."""
    replaced = _replaced(session, command)
    await coming.begin(session, command.mailbox, [command.message], replaced.size)


async def run(session: ClientSession, command: Replace) -> Done:
    """The message is whole: file it, and expunge the one it replaces."""
    selected = session.open
    try:
        replaced = _replaced(session, command)
        [message] = await coming.whole(session, command.mailbox, [command.message], replaced.size)
        filed = await session.shared.mailboxes.replace(
            session.holder, selected.opened, replaced.uid, command.mailbox, message, session.reader
        )
    except MailboxRefused as refused:
        raise try_create(refused) from None
    finally:
        session.forget_appending()
    await tell_respelt(session, command.mailbox)
    told = codes.appenduid(filed.uid_validity, (new for _, new in filed.uids))
    session.out.write(responses.ok(None, "Replaced", told))
    if session.place.qresync:  # as for UID EXPUNGE, RFC 8508 §4.5 and RFC 7162 §3.2.9
        return Done("REPLACE completed", codes.highestmodseq(selected.opened.modseq))
    return Done("REPLACE completed")


def _replaced(session: ClientSession, command: Replace) -> MessageRow:
    selected = session.open
    if selected.read_only:
        raise read_only()
    uids = selected.uids(command.replaced, command.by_uid)
    if not uids:
        raise CommandRefused("There is no message of that UID", codes.NONEXISTENT)
    row = selected.opened.rows.get(uids[0])
    if row is None:
        raise CommandRefused("The message to be replaced is gone", codes.EXPUNGEISSUED)
    return row
