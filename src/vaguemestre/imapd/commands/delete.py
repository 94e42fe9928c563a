"""DELETE. RFC 9051 §6.3.5."""

from vaguemestre.imap.commands.delete import Delete
from vaguemestre.imapd.listing import tell_deleted
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: Delete) -> Done:
    """Delete a mailbox with its messages; sessions that have it open see it empty."""
    await session.shared.mailboxes.delete(session.holder.id, command.mailbox, session.reader)
    tell_deleted(session, command.mailbox)
    return Done("DELETE completed")
