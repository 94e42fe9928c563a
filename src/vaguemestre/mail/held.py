"""A message that waits for its hour: accepted, not yet released. RFC 4865.

It lies in a mailbox of its sender's, where he sees it; what its envelope said is kept beside it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.fate import SubmissionId
from vaguemestre.mail.mailbox import MailboxId, Uid


@dataclass(frozen=True, slots=True)
class Held:
    """One message. ``envelope`` names those who are still to have it, and ``held_until`` its hour.

    ``reader`` is who wrote it in the name of ``sender``. ``due_at`` is when it is looked at next: its hour,
    or later when something stood in the way.
    """

    submission: SubmissionId
    queue_id: str
    sender: BalId
    accepted_at: datetime
    mailbox: MailboxId
    uid: Uid
    envelope: Envelope
    release_at: datetime
    due_at: datetime
    reader: BalId | None = None


def spelt(hour: datetime) -> str:
    """As RFC 3339 §5.6 writes a moment, in UTC and to the second."""
    return f"{hour.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
