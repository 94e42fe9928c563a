"""APPEND. RFC 9051 §6.3.12: a message goes into the vault's spool as it arrives, never whole in memory.

``begin`` may refuse each message before its first octet; a disk that fills up meanwhile is answered once all
has come, because the client cannot listen before. RFC 3502 §4: of several messages all are filed or none.
"""

from vaguemestre.imap import codes
from vaguemestre.imap.commands.append import Append
from vaguemestre.imap.flags import split_flags
from vaguemestre.imapd.commands.copy import try_create
from vaguemestre.imapd.outcome import CommandRefused, Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.service.mailbox_refusals import MailboxRefused
from vaguemestre.service.mailboxes import Appended


async def begin(session: ClientSession, command: Append) -> None:
    """Make ready for the last message of those announced, or refuse it, and with it those before.

    Raises MailboxRefused, CommandRefused.
    """
    if len(command.messages) == 1:
        forget(session)
    if command.messages[-1].size == 0:  # RFC 3502 §4: how a client gives up half-way
        raise CommandRefused("A message is never empty", codes.CANNOT)
    sizes = [message.size for message in command.messages]
    try:
        appending = await session.shared.mailboxes.begin_append(session.holder, command.mailbox, sizes)
    except MailboxRefused as refused:
        raise try_create(refused) from None
    session.appending.append(appending)


def take(session: ClientSession, octets: bytes) -> None:
    """The next octets of the message that is coming."""
    if session.appending:
        session.appending[-1].feed(octets)


def forget(session: ClientSession) -> None:
    """The command failed: so do its messages, if any came."""
    session.forget_appending()


async def run(session: ClientSession, command: Append) -> Done:
    """The messages are whole: file them."""
    coming = session.appending
    session.appending = []
    try:
        messages = []
        for message, said in zip(coming, command.messages, strict=True):
            system, keywords = split_flags(said.flags)
            messages.append(Appended(message, system, keywords, said.date, said.is_binary))
        filed = await session.shared.mailboxes.append(session.holder, command.mailbox, messages)
    except MailboxRefused as refused:
        raise try_create(refused) from None
    finally:
        for message in coming:
            message.discard()
    return Done("APPEND completed", codes.appenduid(filed.uid_validity, (new for _, new in filed.uids)))
