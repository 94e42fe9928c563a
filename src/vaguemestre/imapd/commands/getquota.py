"""GETQUOTA and GETQUOTAROOT. RFC 9208 §4.2: one quota root, the account."""

from vaguemestre.imap import codes, responses
from vaguemestre.imap.commands.getquota import GetQuota
from vaguemestre.imap.commands.getquotaroot import GetQuotaRoot
from vaguemestre.imapd.outcome import CommandRefused, Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.service.mailbox_refusals import nonexistent


async def run(session: ClientSession, command: GetQuota) -> Done:
    """How full the account is."""
    if command.root:
        raise CommandRefused("There is no such quota root", codes.NONEXISTENT)
    await _tell(session)
    return Done("GETQUOTA completed")


async def run_root(session: ClientSession, command: GetQuotaRoot) -> Done:
    """Which root a mailbox has (all the same), and how full it is."""
    if not await session.shared.mailboxes.exists(session.holder.id, command.mailbox):
        raise nonexistent()
    session.out.write(responses.quota_root(command.mailbox, utf8=session.place.utf8))
    await _tell(session)
    return Done("GETQUOTAROOT completed")


async def _tell(session: ClientSession) -> None:
    quota = await session.shared.mailboxes.quota(session.holder.id)
    session.out.write(responses.quota(quota.used, quota.limit))
