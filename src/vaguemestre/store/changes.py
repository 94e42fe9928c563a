"""The signals of committed changes: ``service.ports.changes.Changes``.

Subscribed and published in the event loop's thread alone, so nothing here is locked.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Final, TypeVar

import structlog

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.change import Change
from vaguemestre.mail.mailbox import MailboxId, ModSeq

_log = structlog.get_logger()

_SOMEWHERE: Final = ModSeq(2**63 - 1)
_NOBODY: Final = BalId(0)

Callback = Callable[[Change], None]
K = TypeVar("K", bound=Hashable)
C = TypeVar("C")


class ChangeBus:
    """Tells the sessions that watch a mailbox, and those that watch a whole bal."""

    def __init__(self) -> None:
        self._mailboxes: dict[MailboxId, dict[object, Callback]] = {}
        self._bals: dict[BalId, dict[object, Callable[[], None]]] = {}
        self._tell_others: Callable[[Sequence[Change]], None] = _alone

    def subscribe(self, mailbox: MailboxId, callback: Callback) -> Callable[[], None]:
        """Call back at each change of a mailbox; what is returned stops it, and may be called twice."""
        return _added(self._mailboxes, mailbox, callback)

    def subscribe_bal(self, bal: BalId, callback: Callable[[], None]) -> Callable[[], None]:
        """Call back when any mailbox of a bal has changed, its name and its being there included."""
        return _added(self._bals, bal, callback)

    def watched(self) -> list[MailboxId]:
        """The mailboxes that somebody watches."""
        return list(self._mailboxes)

    def tell_others(self, tell: Callable[[Sequence[Change]], None]) -> None:
        """Hand on to other processes what this one publishes, from now on."""
        self._tell_others = tell

    def publish(self, changes: Sequence[Change]) -> None:
        """Tell of what this process has changed."""
        self.hear(changes)
        self._tell_others(changes)

    def hear(self, changes: Iterable[Change]) -> None:
        """Tell of each mailbox once, with its latest modseq. A watcher that fails does not stop the rest."""
        latest: dict[MailboxId, Change] = {}
        bals: set[BalId] = set()
        for change in changes:
            if change.bal in self._bals:
                bals.add(change.bal)
            if change.mailbox in self._mailboxes:
                known = latest.get(change.mailbox)
                if known is None or known.modseq < change.modseq:
                    latest[change.mailbox] = change
        for mailbox, change in latest.items():
            for callback in tuple(self._mailboxes.get(mailbox, {}).values()):
                try:
                    callback(change)
                except Exception:
                    _log.exception("watcher_failed", mailbox=mailbox)
        self._tell_bals(bals)

    def look_everywhere(self) -> None:
        """Something may have changed, and nobody knows where: every watcher may look."""
        self.hear([Change(_NOBODY, mailbox, _SOMEWHERE) for mailbox in self._mailboxes])
        self.tell_bals()

    def tell_bals(self) -> None:
        """Something has changed, and nobody knows what: everybody who watches a bal may look."""
        self._tell_bals(tuple(self._bals))

    def _tell_bals(self, bals: Iterable[BalId]) -> None:
        for bal in bals:
            for callback in tuple(self._bals.get(bal, {}).values()):
                try:
                    callback()
                except Exception:
                    _log.exception("watcher_failed", bal=bal)


def _alone(_: Sequence[Change]) -> None:
    """There is no other process, or it looks for itself."""


def _added(watchers: dict[K, dict[object, C]], key: K, callback: C) -> Callable[[], None]:
    ticket = object()  # one callback may be subscribed several times
    watchers.setdefault(key, {})[ticket] = callback

    def stop() -> None:
        of_key = watchers.get(key)
        if of_key is not None and of_key.pop(ticket, None) is not None and not of_key:
            watchers.pop(key, None)

    return stop
