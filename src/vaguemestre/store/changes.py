"""The signals of committed changes inside one process: ``service.ports.Changes``.

Subscribed and published in the event loop's thread alone, so nothing here is locked.
"""

from collections.abc import Callable, Iterable

import structlog

from vaguemestre.mail.change import Change
from vaguemestre.mail.mailbox import MailboxId, ModSeq

_log = structlog.get_logger()

Callback = Callable[[Change], None]


class ChangeBus:
    """Tells the sessions that watch a mailbox."""

    def __init__(self) -> None:
        self._watchers: dict[MailboxId, dict[object, Callback]] = {}

    def subscribe(self, mailbox: MailboxId, callback: Callback) -> Callable[[], None]:
        """Call back at each change of a mailbox; what is returned stops it, and may be called twice."""
        ticket = object()  # one callback may be subscribed several times
        self._watchers.setdefault(mailbox, {})[ticket] = callback

        def stop() -> None:
            watchers = self._watchers.get(mailbox)
            if watchers is not None and watchers.pop(ticket, None) is not None and not watchers:
                self._watchers.pop(mailbox, None)

        return stop

    def watched(self) -> list[MailboxId]:
        """The mailboxes that somebody watches."""
        return list(self._watchers)

    def publish(self, changes: Iterable[Change]) -> None:
        """Tell of each mailbox once, with its latest modseq. A watcher that fails does not stop the rest."""
        latest: dict[MailboxId, ModSeq] = {}
        for change in changes:
            if change.mailbox in self._watchers:
                latest[change.mailbox] = max(change.modseq, latest.get(change.mailbox, change.modseq))
        for mailbox, modseq in latest.items():
            for callback in tuple(self._watchers.get(mailbox, {}).values()):
                try:
                    callback(Change(mailbox, modseq))
                except Exception:
                    _log.exception("watcher_failed", mailbox=mailbox)
