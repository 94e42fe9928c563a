"""What a mailbox remembers of messages that are gone, as the services need it. RFC 7162 §3.2.

A store may forget it, oldest first, and must then know that it has: whoever asks from before what was
forgotten is told so, and compares what it knows with what is there.
"""

from collections.abc import Sequence
from typing import Protocol

from vaguemestre.mail.mailbox import MailboxId, ModSeq, Uid


class Expunged(Protocol):
    """UIDs and the modseq at which each was expunged."""

    def after(self, mailbox: MailboxId, modseq: ModSeq) -> list[Uid] | None:
        """Those expunged at a modseq greater than this; by uid. None when some of them are forgotten."""
        ...

    def spared(self, mailbox: MailboxId, uids: Sequence[Uid]) -> frozenset[Uid]:
        """Those of these messages that are there."""
        ...

    def next_mailbox(self, after: MailboxId) -> MailboxId | None:
        """The mailbox of the next greater number of which anything is remembered."""
        ...

    def beyond(self, mailbox: MailboxId, kept: int) -> ModSeq | None:
        """The modseq of the latest one that is not among the ``kept`` latest; None when there is none."""
        ...

    def forget(self, mailbox: MailboxId, up_to: ModSeq, limit: int) -> int:
        """Forget the earliest, those of a modseq and before, ``limit`` of them at most; how many."""
        ...
