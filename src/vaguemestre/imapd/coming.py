"""Messages that come by literals: what APPEND and REPLACE share. RFC 9051 §6.3.12.

A message goes into the vault's spool as it arrives, never whole in memory. Each may be refused before its
first octet; a disk that fills up meanwhile is answered once all has come, because the client cannot listen
before. The messages of one command are there all together, or none of them is (RFC 3502 §4).
"""

from collections.abc import Sequence

from vaguemestre.imap import codes
from vaguemestre.imap.append_message import AppendMessage
from vaguemestre.imap.flags import split_flags
from vaguemestre.imapd.commands.copy import try_create
from vaguemestre.imapd.outcome import CommandRefused
from vaguemestre.imapd.session import ClientSession
from vaguemestre.service.appending import Appended
from vaguemestre.service.mailbox_refusals import MailboxRefused


async def begin(
    session: ClientSession, mailbox: str, messages: Sequence[AppendMessage], leaving: int = 0
) -> None:
    """Make ready for the last message of those announced, or refuse it, and with it those before.

    ``leaving`` octets are let go of by the same command. Raises MailboxRefused, CommandRefused.
    """
    if len(messages) == 1:
        session.forget_appending()
    if messages[-1].size == 0:  # RFC 3502 §4: how a client gives up half-way
        raise CommandRefused("A message is never empty", codes.CANNOT)
    sizes = [message.size for message in messages]
    try:
        appending = await session.shared.mailboxes.begin_append(session.holder, mailbox, sizes, leaving)
    except MailboxRefused as refused:
        raise try_create(refused) from None
    session.appending.append(appending)


def take(session: ClientSession, octets: bytes) -> None:
    """The next octets of the message that is coming."""
    if session.appending:
        session.appending[-1].feed(octets)


def whole(session: ClientSession, messages: Sequence[AppendMessage]) -> list[Appended]:
    """The messages of the command that is being run, all there and ready to be filed.

    Whoever asks calls ``session.forget_appending`` in the end.
    """
    ready = []
    for message, said in zip(session.appending, messages, strict=True):
        system, keywords = split_flags(said.flags)
        ready.append(Appended(message, system, keywords, said.date, said.is_binary))
    return ready
