"""RENAME. RFC 9051 §6.3.6."""

from vaguemestre.imap.commands.rename import Rename
from vaguemestre.imapd.listing import tell_renamed
from vaguemestre.imapd.outcome import Done
from vaguemestre.imapd.session import ClientSession


async def run(session: ClientSession, command: Rename) -> Done:
    """Rename with all inferiors; INBOX stays."""
    await session.shared.mailboxes.rename(session.holder.id, command.source, command.target, session.reader)
    await tell_renamed(session, command.source, command.target)
    return Done("RENAME completed")
