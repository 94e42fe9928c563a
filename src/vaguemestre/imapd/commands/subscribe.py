"""SUBSCRIBE and UNSUBSCRIBE. RFC 9051 §6.3.7, RFC 9051 §6.3.8."""

from vaguemestre.imap.commands.subscribe import Subscribe
from vaguemestre.imap.commands.unsubscribe import Unsubscribe
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: Subscribe | Unsubscribe) -> Done:
    """Only mailboxes that exist are subscribed."""
    wanted = isinstance(command, Subscribe)
    await session.shared.mailboxes.subscribe(session.holder.id, command.mailbox, wanted, session.reader)
    return Done("Completed")
