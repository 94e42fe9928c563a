"""APPEND. RFC 9051 §6.3.12: the message goes into the vault's spool as it arrives, never whole in memory.

``begin`` may refuse before the first octet; a disk that fills up meanwhile is answered once all has come,
because the client cannot listen before.
"""

from vaguemestre.imap import codes
from vaguemestre.imap.commands.append import Append
from vaguemestre.imap.flags import split_flags
from vaguemestre.imapd.commands.copy import try_create
from vaguemestre.imapd.outcome import CommandRefused, Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.service.mailbox_refusals import MailboxRefused


async def begin(session: ClientSession, command: Append) -> None:
    """Make ready for the message, or refuse it. Raises MailboxRefused, CommandRefused."""
    if command.size == 0:
        raise CommandRefused("A message is never empty", codes.CANNOT)
    forget(session)
    try:
        session.appending = await session.shared.mailboxes.begin_append(
            session.holder, command.mailbox, command.size
        )
    except MailboxRefused as refused:
        raise try_create(refused) from None


def take(session: ClientSession, octets: bytes) -> None:
    """The next octets of the message."""
    if session.appending is not None:
        session.appending.feed(octets)


def forget(session: ClientSession) -> None:
    """The command failed: so does its message, if one was coming."""
    if session.appending is not None:
        session.appending.discard()
        session.appending = None


async def run(session: ClientSession, command: Append) -> Done:
    """The message is whole: file it."""
    message, session.appending = session.appending, None
    if message is None:
        raise LookupError("a message that was never announced")
    system, keywords = split_flags(command.flags)
    try:
        filed = await session.shared.mailboxes.append(
            session.holder,
            command.mailbox,
            message,
            system,
            keywords,
            command.date,
            command.is_binary,
        )
    except MailboxRefused as refused:
        raise try_create(refused) from None
    finally:
        message.discard()
    return Done("APPEND completed", codes.appenduid(filed.uid_validity, (new for _, new in filed.uids)))
