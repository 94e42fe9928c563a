"""GETQUOTA and GETQUOTAROOT. RFC 9208 §4.2: one quota root, the account; none where nothing is limited.

An empty list of resources would be legal there too, but Thunderbird takes it for a mistake of ours.
"""

from vaguemestre.imap import codes, responses
from vaguemestre.imap.commands.getquota import GetQuota
from vaguemestre.imap.commands.getquotaroot import GetQuotaRoot
from vaguemestre.imapd.outcome import CommandRefused, Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.service.mailboxes.refusals import nonexistent


async def run(session: ClientSession, command: GetQuota) -> Done:
    """How full the account is."""
    quota = await session.shared.mailboxes.quota(session.holder.id)
    if command.root or not quota.limit:
        raise CommandRefused("There is no such quota root", codes.NONEXISTENT)
    session.out.write(responses.quota(quota.used, quota.limit))
    return Done("GETQUOTA completed")


async def run_root(session: ClientSession, command: GetQuotaRoot) -> Done:
    """Which root a mailbox has (all the same), and how full it is."""
    if not await session.shared.mailboxes.exists(session.holder.id, command.mailbox):
        raise nonexistent()
    quota = await session.shared.mailboxes.quota(session.holder.id)
    limited = quota.limit > 0
    session.out.write(responses.quota_root(command.mailbox, limited=limited, utf8=session.place.utf8))
    if limited:
        session.out.write(responses.quota(quota.used, quota.limit))
    return Done("GETQUOTAROOT completed")
