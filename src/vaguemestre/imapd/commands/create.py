r"""CREATE. RFC 9051 §6.3.4; the special uses of RFC 6154 §3, of which a bal has one mailbox each."""

from vaguemestre.imap import codes
from vaguemestre.imap.commands.create import Create
from vaguemestre.imapd.listing import tell_respelt
from vaguemestre.imapd.outcome import CommandRefused, Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.mail.mailbox import SpecialUse


async def run(session: ClientSession, command: Create) -> Done:
    """Make the mailbox, and the levels above it that lack."""
    if len(command.use) > 1:
        raise CommandRefused("A mailbox has one special use", codes.USEATTR)
    known = {use.lower(): use for use in SpecialUse if use is not SpecialUse.SCHEDULED}
    use = known.get(command.use[0].lower()) if command.use else None
    if command.use and use is None:
        raise CommandRefused("This special use is not known here", codes.USEATTR)
    made = await session.shared.mailboxes.create(session.holder.id, command.mailbox, use, session.reader)
    await tell_respelt(session, command.mailbox)
    return Done("CREATE completed", codes.mailboxid(made.id))
