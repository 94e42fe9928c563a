"""NOTIFY. RFC 5465 §3.1: what is wanted from now on takes the place of what was, all of it."""

from collections.abc import Sequence
from typing import Final

from vaguemestre.imap import codes
from vaguemestre.imap.commands.notify import Event, EventGroup, Notify
from vaguemestre.imapd.elsewhere import Elsewhere
from vaguemestre.imapd.outcome import CommandRefused, Done
from vaguemestre.imapd.session import ClientSession
from vaguemestre.imapd.wishes import AS_EVER, of_selected

MAX_NAMES: Final = 1_000  # as many as an account may have mailboxes


async def run(session: ClientSession, command: Notify) -> Done:
    """Tell what is new already, as NOOP does, then watch; nothing changes when that is refused."""
    if any(group.unknown for group in command.groups):
        raise CommandRefused("These are the events that are told here", codes.badevent(Event))
    if sum(len(group.names) for group in command.groups) > MAX_NAMES:
        raise CommandRefused("These are too many mailboxes to watch", codes.NOTIFICATIONOVERFLOW)
    elsewhere = await _elsewhere(session, command.groups)
    try:
        if session.selected is not None:
            await session.selected.opened.refresh()
    except BaseException:
        if elsewhere is not None:
            elsewhere.leave()
        raise
    session.tell_news(AS_EVER, with_expunge=True)
    session.watch(of_selected(command.groups), elsewhere)
    if command.status and elsewhere is not None:
        for line in elsewhere.statuses(session.place, session.mailbox_id):
            session.out.write(line)
            await session.out.drain()
    return Done("NOTIFY completed")


async def _elsewhere(session: ClientSession, groups: Sequence[EventGroup]) -> Elsewhere | None:
    if not any(group.events and not group.is_selected for group in groups):
        return None
    watched, leave = await session.shared.mailboxes.watch(session.holder.id, session.push)
    return Elsewhere(groups, watched, leave)
