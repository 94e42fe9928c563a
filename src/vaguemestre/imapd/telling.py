"""Telling a client that gave NOTIFY what is new while it gives no command. RFC 5465 §1, RFC 5465 §4.

It is done where commands are run, in their place and their way: one thing at a time, and waiting for the
client to read. A client that reads nothing is told nothing, and costs one buffer.
"""

from typing import Final

import structlog

from vaguemestre.imap import codes, responses
from vaguemestre.imapd.commands.fetch import tell_new
from vaguemestre.imapd.session import ClientSession
from vaguemestre.imapd.wishes import NOTHING

OVERFLOW: Final = "The server cannot tell you any more by itself: ask"

_log = structlog.get_logger()


async def tell(session: ClientSession) -> bool:
    """Whether there was anything to tell."""
    if not session.is_watching:
        return False
    try:
        told = await _of_selected(session)
        return await _of_others(session) or told
    except ConnectionError:
        raise
    except Exception:
        # RFC 5465 §5.8: events were lost, so the client is told that there will be no more.
        _log.exception("imap_notifications_given_up")
        session.watch(NOTHING, None)
        session.out.write(responses.ok(None, OVERFLOW, codes.NOTIFICATIONOVERFLOW))
        return True


async def _of_selected(session: ClientSession) -> bool:
    wishes, selected = session.wishes, session.selected
    if selected is None or not wishes.at_once:
        return False
    with_expunge = wishes.expunges_at_once or session.idling
    told = session.tell_news(wishes, with_expunge=with_expunge, unasked=True)
    if arrived := selected.take_arrived():
        await tell_new(session, arrived, wishes.items)
        return True
    return told


async def _of_others(session: ClientSession) -> bool:
    told = False
    if session.elsewhere is not None:
        for line in session.elsewhere.news(session.place, session.mailbox_id):
            session.out.write(line)
            await session.out.drain()
            told = True
    return told
