"""Mailboxes of the accounts, as the services see them in the database."""

from datetime import datetime
from typing import Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import (
    Mailbox,
    MailboxCounts,
    MailboxId,
    SpecialUse,
)


class Mailboxes(Protocol):
    """The mailboxes of the accounts, and the keywords known to each account."""

    def of(self, bal: BalId) -> list[Mailbox]:
        """By name, INBOX first."""
        ...

    def by_id(self, mailbox: MailboxId) -> Mailbox | None: ...  # noqa: D102

    def by_name(self, bal: BalId, name: str) -> Mailbox | None:
        """INBOX in any case; every other name as it stands."""
        ...

    def create(self, bal: BalId, name: str, special_use: SpecialUse | None, now: datetime) -> Mailbox:
        """Subscribed. UIDVALIDITY never repeats for a name (RFC 9051 §2.3.1.1). ValueError when taken."""
        ...

    def rename(self, mailbox: MailboxId, name: str, now: datetime) -> None:
        """This mailbox alone; inferiors are the caller's, afterwards. ValueError when the name is taken."""
        ...

    def delete(self, mailbox: MailboxId, now: datetime) -> None:
        """With its messages; bodies nothing else refers to become orphans at ``now``."""
        ...

    def set_subscribed(self, mailbox: MailboxId, subscribed: bool) -> None: ...  # noqa: D102

    def counts(self, mailbox: MailboxId) -> MailboxCounts: ...  # noqa: D102

    def message_count(self, mailbox: MailboxId) -> int:
        """The first of ``counts``, by an index alone."""
        ...

    def keywords(self, bal: BalId) -> tuple[str, ...]:
        """In the order of their bits, from FIRST_KEYWORD_BIT."""
        ...

    def add_keyword(self, bal: BalId, keyword: str) -> int:
        """Its bit, new or known already (compared without case). ValueError past MAX_KEYWORDS."""
        ...
