"""STATUS. RFC 9051 §6.3.11."""

from collections.abc import Sequence

from vaguemestre.imap import responses
from vaguemestre.imap.commands.status import Status, StatusItem
from vaguemestre.imap.object_id import mailbox_id
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.mailbox import Mailbox, MailboxCounts
from vaguemestre.service.mailboxes.refusals import nonexistent


async def run(session: ClientSession, command: Status) -> Done:
    """Counts of a mailbox, as the store has them now."""
    (found,) = await session.shared.mailboxes.status(session.holder.id, [command.mailbox])
    if found is None:
        raise nonexistent()
    session.out.write(told(session, found, command.items))
    return Done("STATUS completed")


def told(session: ClientSession, found: tuple[Mailbox, MailboxCounts], items: Sequence[StatusItem]) -> bytes:
    """The STATUS response for one mailbox."""
    mailbox, counts = found
    values: dict[StatusItem, int | str] = {
        StatusItem.MESSAGES: counts.messages,
        StatusItem.RECENT: 0,
        StatusItem.UIDNEXT: mailbox.uid_next,
        StatusItem.UIDVALIDITY: mailbox.uid_validity,
        StatusItem.UNSEEN: counts.unseen,
        StatusItem.DELETED: counts.deleted,
        StatusItem.SIZE: counts.size,
        StatusItem.HIGHESTMODSEQ: mailbox.highest_modseq,
        StatusItem.APPENDLIMIT: session.shared.mailboxes.max_message,
        StatusItem.MAILBOXID: f"({mailbox_id(mailbox.id).decode('ascii')})",
    }
    return responses.status(mailbox.name, [(item, values[item]) for item in items], utf8=session.place.utf8)
