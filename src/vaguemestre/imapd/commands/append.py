"""APPEND. RFC 9051 §6.3.12: messages go to the end of a mailbox. RFC 3502 §4: of several, all or none."""

from vaguemestre.imap import codes
from vaguemestre.imap.commands.append import Append
from vaguemestre.imapd import coming
from vaguemestre.imapd.commands.copy import try_create
from vaguemestre.imapd.listing import tell_respelt
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.service.mailboxes.refusals import MailboxRefused


async def begin(session: ClientSession, command: Append) -> None:
    """Make ready for the last message announced. Raises MailboxRefused, CommandRefused."""
    await coming.begin(session, command.mailbox, command.messages)


async def run(session: ClientSession, command: Append) -> Done:
    """The messages are whole: file them."""
    try:
        messages = await coming.whole(session, command.mailbox, command.messages)
        filed = await session.shared.mailboxes.append(
            session.holder, command.mailbox, messages, session.reader
        )
    except MailboxRefused as refused:
        raise try_create(refused) from None
    finally:
        session.forget_appending()
    await tell_respelt(session, command.mailbox)
    return Done("APPEND completed", codes.appenduid(filed.uid_validity, (new for _, new in filed.uids)))
