"""A signal that a mailbox has something new after a modseq, or another name: never what it is.

Sessions then ask "what is after modseq M": the same question in one process and across several, so a
lost signal costs latency and never truth.
"""

from dataclasses import dataclass

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import MailboxId, ModSeq


@dataclass(frozen=True, slots=True)
class Change:
    """Published after the commit that made it. The modseq is as it was when the name alone changed."""

    bal: BalId
    mailbox: MailboxId
    modseq: ModSeq
