"""Signals that a mailbox has changed, as the services need them."""

from collections.abc import Callable
from typing import Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.change import Change
from vaguemestre.mail.mailbox import MailboxId


class Changes(Protocol):
    """Who wants to know when a mailbox changes, or any of a bal."""

    def subscribe(self, mailbox: MailboxId, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call back, in the event loop and after the commit, at each change; returns the way to stop."""
        ...

    def subscribe_bal(self, bal: BalId, callback: Callable[[], None]) -> Callable[[], None]:
        """The same when any mailbox of a bal changed, was made, renamed, deleted or (un)subscribed."""
        ...
