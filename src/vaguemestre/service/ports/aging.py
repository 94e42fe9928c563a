"""What expiry asks of the store: which messages are due, found by their indexes. domain.md §3.

Three questions, one for each thing that may end a message: its age, its time in a drawer, its sender's wish
(``policy.retention``). None of them reads more rows than it returns.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vaguemestre.mail.bal import BalId, BalKind
from vaguemestre.mail.mailbox import BodyId, Drawer, FlagSet, MailboxId, Uid
from vaguemestre.service.ports.vault import KeyDay, KeyPlace, SealedBody


@dataclass(frozen=True, slots=True)
class AgingMessage:
    """One message and all that decides when it goes; ``day`` is that of the key which sealed it."""

    bal: BalId
    kind: BalKind
    mailbox: MailboxId
    uid: Uid
    drawer: Drawer
    filed_at: datetime
    put_at: datetime | None
    expires_at: datetime | None
    size: int
    body: BodyId
    day: KeyDay
    flags: FlagSet


class Aging(Protocol):
    """Messages by the times that end them."""

    def drawers(self, kind: BalKind) -> list[Drawer]:
        """Those that hold any message in bals of a kind, NO_DRAWER among them."""
        ...

    def by_age(
        self, kind: BalKind, drawer: Drawer, before: datetime, limit: int, since: datetime = ...
    ) -> list[AgingMessage]:
        """Received before a time and no earlier than another, the oldest first."""
        ...

    def by_drawer(
        self, drawer: Drawer, before: datetime, limit: int, since: datetime = ...
    ) -> list[AgingMessage]:
        """Put in a drawer before a time and no earlier than another, the earliest first."""
        ...

    def by_wish(self, before: datetime, limit: int, since: datetime = ...) -> list[AgingMessage]:
        """Whose ``expires_at`` is no later than a time and no earlier than another, the earliest first."""
        ...

    def in_mailbox(self, mailbox: MailboxId) -> list[AgingMessage]:
        """What lies in one and ages there, by UID."""
        ...

    def of(self, mailbox: MailboxId, uids: Sequence[Uid]) -> list[AgingMessage]:
        """Those of one mailbox that age there, by UID."""
        ...

    def due(self, mailbox: MailboxId, filed: datetime, put: datetime | None, wished: datetime) -> int:
        """How many of one mailbox were filed, or put there, or are to go by their senders, by these times."""
        ...

    def emptied(self, places: Collection[KeyPlace]) -> list[KeyPlace]:
        """Those where no body is left that their key sealed, orphans included."""
        ...

    def drop_orphans(self, bodies: Sequence[BodyId]) -> list[SealedBody]:
        """Drop the rows of those of these bodies that no message refers to: what was dropped."""
        ...

    def name_drawer(self, drawer: Drawer) -> None:
        """From now on mailboxes of this name, made or renamed, are this drawer; nothing when it is known."""
        ...

    def settle_drawer(self, drawer: Drawer, now: datetime, limit: int) -> int:
        """Look at ``limit`` mailboxes that were there before it was named; how many that were.

        What lies in those of this name counts as put there now.
        """
        ...
