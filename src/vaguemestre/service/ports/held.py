"""What the database keeps of messages that wait to be released: ``tx.held``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.fate import SubmissionId
from vaguemestre.mail.held import Held
from vaguemestre.mail.mailbox import MailboxId, Uid


class HeldMessages(Protocol):
    """Each is there from its acceptance until it is taken: by its release, or by whoever cancels it."""

    def hold(self, held: Held) -> None:
        """One more. ``queue_id``, ``accepted_at`` and ``reader`` are its submission's, and not kept again."""
        ...

    def take(self, submission: SubmissionId) -> bool:
        """It waits no more; of many who take it one alone is told True."""
        ...

    def postpone(self, submission: SubmissionId, until: datetime) -> None:
        """It is not looked at before."""
        ...

    def due(self, now: datetime, limit: int) -> list[Held]:
        """Those whose time has come, the earliest first."""
        ...

    def by_queue_id(self, queue_id: str) -> Held | None:
        """None when none of that name waits."""
        ...

    def waiting(self, sender: BalId | None = None) -> list[Held]:
        """All of an account, or of everybody; by their hour."""
        ...

    def count(self, sender: BalId) -> int:
        """How many of that account wait."""
        ...

    def lying_at(self, mailbox: MailboxId, uids: Sequence[Uid]) -> list[Held]:
        """Those that are these messages of a mailbox."""
        ...
