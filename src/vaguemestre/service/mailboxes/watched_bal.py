"""All the mailboxes of a bal while somebody watches them: how each stands, shared by every session that does.

Nothing is opened: a name, what STATUS tells first, and a count made anew when the mailbox has changed.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import Mailbox, MailboxId
from vaguemestre.service.mailboxes.catching_up import CatchingUp
from vaguemestre.service.ports.store import Store, Transaction


class Standing(NamedTuple):
    """One mailbox, and how many messages are in it."""

    mailbox: Mailbox
    messages: int


class WatchedBal:
    """Made by ``Mailboxes.watch``. ``standings`` come by name, INBOX first: another object at each change."""

    __slots__ = ("_catching_up", "_stop", "_store", "_watchers", "bal", "standings")

    def __init__(self, bal: BalId, store: Store) -> None:
        self.bal = bal
        self.standings: Mapping[MailboxId, Standing] = {}
        self._store = store
        self._watchers: list[Callable[[], None]] = []
        self._catching_up = CatchingUp(self._catch_up)
        self._stop = store.changes.subscribe_bal(bal, self._catching_up.signalled)

    def watch(self, watcher: Callable[[], None]) -> Callable[[], None]:
        """Call back in the event loop at each change, from now on; returns the way to stop."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    @property
    def is_watched(self) -> bool:
        """Whether any session still watches."""
        return bool(self._watchers)

    def close(self) -> None:
        """Nobody watches any more."""
        self._stop()

    async def refresh(self) -> None:
        """Know everything that was committed before this call. Raises StoreBusyError."""
        await self._catching_up.refresh()

    async def _catch_up(self) -> None:
        found: dict[MailboxId, Standing] = {}
        for mailbox in await self._store.read(lambda tx: tx.mailboxes.of(self.bal)):
            known = self.standings.get(mailbox.id)
            if known is not None and known.mailbox.highest_modseq == mailbox.highest_modseq:
                found[mailbox.id] = Standing(mailbox, known.messages)
                continue
            counted = await self._store.read(partial(_counted, mailbox.id))
            if counted is not None:
                found[mailbox.id] = counted
            await asyncio.sleep(0)  # the others have their turn between two counts
        if found != self.standings or list(found) != list(self.standings):
            self.standings = found
            for watcher in tuple(self._watchers):
                watcher()


def _counted(mailbox_id: MailboxId, tx: Transaction) -> Standing | None:
    """In one transaction, so that the count and the modseq belong together; None when it was deleted."""
    mailbox = tx.mailboxes.by_id(mailbox_id)
    return None if mailbox is None else Standing(mailbox, tx.mailboxes.message_count(mailbox_id))
