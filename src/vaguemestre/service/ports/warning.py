"""What warnings of expiry ask of the store: how far each walk has come, who is owed a digest. domain.md §3.

A *walk* goes through messages in the order in which they are going to go, one walk for each index that says
so (``service.ports.aging``), and is remembered by the moment it has reached.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import MailboxId


@dataclass(frozen=True, slots=True)
class Walk:
    """Up to ``reached`` messages bear the keyword.

    While it goes back they lose it from ``goal`` on, and have lost it up to ``cleared``; else both are None.
    """

    reached: datetime
    goal: datetime | None = None
    cleared: datetime | None = None


class Going(NamedTuple):
    """How many messages are going to go, and when the first and the last of them; None for none."""

    messages: int
    first: datetime | None
    last: datetime | None


class ExpiryWarnings(Protocol):
    """Walks, and digests."""

    def walk(self, name: str) -> Walk | None:
        """None for one that was never begun."""
        ...

    def set_walk(self, name: str, walk: Walk) -> None: ...  # noqa: D102

    def announced(self, bal: BalId) -> datetime | None:
        """Up to when its holder has been told what is going to go."""
        ...

    def owe(self, bal: BalId) -> None:
        """A digest."""
        ...

    def owing(self, limit: int) -> list[BalId]:
        """To whom one is owed; by number."""
        ...

    def settle(self, bal: BalId, announced: datetime | None) -> None:
        """None is owed any more; ``announced`` when one was filed."""
        ...

    def going(
        self, mailbox: MailboxId, age: timedelta, stay: timedelta | None, after: datetime, until: datetime
    ) -> Going:
        """Of a mailbox whose messages keep so long, by the delays alone: what goes in a span of time."""
        ...
