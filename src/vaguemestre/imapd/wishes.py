"""What a client wants to be told without asking, of the mailbox that is open. RFC 5465 §6.1.

Until it says so with NOTIFY, what RFC 9051 §7.5.1 has: everything, while a command is run.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from vaguemestre.imap.commands.fetch import FetchItem
from vaguemestre.imap.commands.notify import Event, EventGroup, Watched


@dataclass(frozen=True, slots=True)
class Wishes:
    """``at_once``: even when no command is run; ``expunges_at_once``: these too, whatever becomes of numbers.

    Without ``messages`` the client keeps the mailbox as it saw it; ``items`` are fetched of what is new.
    """

    messages: bool = True
    flags: bool = True
    at_once: bool = False
    expunges_at_once: bool = False
    items: tuple[FetchItem, ...] = ()


AS_EVER: Final = Wishes()
NOTHING: Final = Wishes(messages=False, flags=False)


def of_selected(groups: Iterable[EventGroup]) -> Wishes:
    """Those of NOTIFY; when it says nothing of the mailbox that is open, nothing (RFC 5465 §3.1)."""
    for group in groups:
        if group.is_selected and group.events:
            flags = Event.FLAG_CHANGE in group.events
            return Wishes(
                messages=True,
                flags=flags,
                at_once=True,
                expunges_at_once=group.watched is Watched.SELECTED,
                items=group.items,
            )
    return NOTHING
