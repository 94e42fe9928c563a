"""Messages in mailboxes, as the services see them in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.mailbox import (
    BodyId,
    FlagSet,
    MailboxId,
    MessageRow,
    ModSeq,
    Uid,
)
from vaguemestre.service.ports.vault import KeyDay, SealedBody, SealedCard


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be filed in a mailbox; its body is already added, or shared by a copy.

    ``filed_at`` starts the retention and is kept by copies: copying never prolongs a message's life.
    ``expires_at`` is what the sender asked for with Expires, never later than retention allows.
    """

    body: BodyId
    flags: FlagSet
    size: int
    internal_date: int
    conversation: ConversationId | None
    filed_at: datetime
    expires_at: datetime | None = None


class Messages(Protocol):
    """Messages in mailboxes. Every write advances the mailbox's modseq, told after the commit."""

    def add_body(self, body: SealedBody, now: datetime) -> None: ...  # noqa: D102

    def file(self, mailbox: MailboxId, messages: Sequence[NewMessage]) -> list[MessageRow]:
        """Give them the next UIDs, in order, under one new modseq; the bal's ``used`` grows by their size."""
        ...

    def arrive(self, bal: BalId, message: NewMessage) -> Uid:
        """The same in its INBOX, for one. Raises LookupError when it has none."""
        ...

    def rows(self, mailbox: MailboxId, after: ModSeq = ...) -> list[MessageRow]:
        """All, or those whose modseq is greater than ``after``; by uid."""
        ...

    def row(self, mailbox: MailboxId, uid: Uid) -> MessageRow | None:
        """One message, None when it is not there."""
        ...

    def rows_from(self, mailbox: MailboxId, first: Uid, limit: int) -> list[MessageRow]:
        """Those from a uid on, ``limit`` of them at most; by uid."""
        ...

    def rows_before(self, mailbox: MailboxId, before: Uid, limit: int) -> list[MessageRow]:
        """Those below a uid, ``limit`` of them at most; the latest first."""
        ...

    def highest_modseq(self, mailbox: MailboxId) -> ModSeq | None:
        """Where the mailbox stands; None when it was deleted."""
        ...

    def cards(self, bodies: Sequence[BodyId]) -> dict[BodyId, SealedCard]:
        """The sealed cards of those that still exist."""
        ...

    def body(self, body: BodyId) -> SealedBody | None: ...  # noqa: D102

    def cards_between(self, mailbox: MailboxId, first: Uid, last: Uid) -> dict[BodyId, SealedCard]:
        """Those of every message from one uid to another, both included."""
        ...

    def bodies_between(self, mailbox: MailboxId, first: Uid, last: Uid) -> dict[BodyId, SealedBody]:
        """Those of every message from one uid to another, both included."""
        ...

    def set_flags(self, mailbox: MailboxId, flags: Sequence[tuple[Uid, FlagSet]]) -> ModSeq:
        """New flags for each, under one new modseq, which is returned. Unknown UIDs are passed over."""
        ...

    def show(self, bal: BalId, conversation: ConversationId, mask: FlagSet, shown: FlagSet) -> None:
        """Of all messages of a conversation in a bal: the flags of ``mask`` become ``shown``.

        One new modseq for each mailbox where that changes anything, and none for the others.
        """
        ...

    def saved(self, mailbox: MailboxId, uids: Sequence[Uid]) -> dict[Uid, int]:
        """Seconds since 1970 UTC at which each came into this mailbox; those not there are left out."""
        ...

    def copy(
        self, mailbox: MailboxId, uids: Sequence[Uid], target: MailboxId, now: datetime
    ) -> list[tuple[Uid, Uid]]:
        """Copies sharing the bodies, saved ``now``, by uid: (old uid, new uid). Same bal. ``used`` grows."""
        ...

    def remove(self, mailbox: MailboxId, uids: Sequence[Uid], now: datetime) -> list[Uid]:
        """Expunge: rows go, (uid, modseq) stay in ``Expunged``; those that were there are returned.

        ``used`` shrinks. A body that no message refers to any more is an orphan since ``now``.
        """
        ...

    def orphans(self, before: datetime, limit: int) -> list[SealedBody]:
        """Bodies without message since before a time, without octets and card: for ``Vault.discard``."""
        ...

    def located(self, locations: Sequence[str]) -> frozenset[str]:
        """Those of these locations of objects that a body's row names."""
        ...

    def days_in_use(self, bal: BalId) -> frozenset[KeyDay]:
        """The days of all bodies of a bal, orphans included, and of its contact."""
        ...
