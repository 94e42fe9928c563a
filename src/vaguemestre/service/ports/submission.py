"""What was accepted and what became of it, as the services see it in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.correspondent import PartyId
from vaguemestre.mail.deliver_by import DeliverBy
from vaguemestre.mail.fate import DueReport, Fate, ReportKind, SubmissionId, SubmissionTrace
from vaguemestre.mail.mailbox import (
    BodyId,
    MailboxId,
    Uid,
)
from vaguemestre.mail.tls_wish import TlsWish


@dataclass(frozen=True, slots=True)
class NewSubmission:
    """A message about to be filed. ``identifier`` is the digest of its Message-ID, if it has one.

    ``fingerprint`` is what the same message sent again has too; None for one that cannot be recognised.
    ``actor`` is who wrote it in the name of ``sender``.
    ``release_at`` is its hour, when it is to be released later; ``deliver_by`` by when it is to be delivered.
    """

    queue_id: str
    sender: PartyId
    identifier: bytes | None
    fingerprint: bytes | None
    at: datetime
    recipients: int = 1
    tls: TlsWish = TlsWish.UNSAID
    actor: BalId | None = None
    release_at: datetime | None = None
    deliver_by: DeliverBy | None = None


class Sent(NamedTuple):
    """How much an account has sent in a span of time."""

    messages: int
    recipients: int


class Submissions(Protocol):
    """Messages that were accepted, and what became of them."""

    def begin(self, new: NewSubmission, again_until: datetime) -> SubmissionId | str:
        """The number of this one, or the queue id of the same one accepted, or released, after that."""
        ...

    def outdate(self, submission: SubmissionId) -> None:
        """The same message sent again is another from now on."""
        ...

    def sent(self, sender: BalId, since: datetime, until: datetime, most: int) -> Sent:
        """What was accepted of that account's, ``until`` excluded; no more than ``most`` messages of it."""
        ...

    def settle(
        self, submission: SubmissionId, fate: Fate, copy: BodyId | None = None, *, wants_receipt: bool = False
    ) -> None:
        """What became of it for a recipient; ``wants_receipt``: the sender is told when ``copy`` is read."""
        ...

    def unhold(self, submission: SubmissionId) -> None:
        """Those who were to have it later have no fate any more: settle another."""
        ...

    def conclude(self, submission: SubmissionId, fate: Fate) -> bool:
        """What became of it for a recipient elsewhere, for whom it was ``QUEUED``; False when it was not."""
        ...

    def read(self, body: BodyId, at: datetime) -> str | None:
        """The holder of this copy has seen it: its queue id; nothing happens unless it was just delivered."""
        ...

    def told(self, identifier: bytes, fate: Fate, to: Sequence[BalId]) -> int:
        """A recipient's software says so, to these bals, of the messages of that digest; how many it moves.

        A fate of which its sender is to have a receipt of ours moves only when that sender is among ``to``.
        """
        ...

    def bounced(self, identifier: bytes, fate: Fate, to: Sequence[BalId]) -> int:
        """An operator could not deliver what one of these sent, of that digest; how many fates it moves."""
        ...

    def report(
        self, submission: SubmissionId, recipient: Address, kind: ReportKind, original: str, envelope_id: str
    ) -> None:
        """The sender is to be told; see ``DueReport``."""
        ...

    def due_reports(self, limit: int) -> list[DueReport]:
        """The oldest first; all of one submission stand together."""
        ...

    def close_reports(self, reports: Sequence[int]) -> int:
        """They were told; how many of them were still due."""
        ...

    def expired(self, mailbox: MailboxId, uids: Sequence[Uid], at: datetime) -> list[str]:
        """These messages are about to go, read or not: their queue ids; call it before."""
        ...

    def traces(self, identifier: bytes) -> list[SubmissionTrace]:
        """Those with a Message-ID of that digest, the latest first."""
        ...

    def trace(self, queue_id: str) -> SubmissionTrace | None:
        """By the identifier of our own, told to the sender and written in Received."""
        ...

    def forget(self, before: datetime, limit: int) -> int:
        """Drop the traces of older submissions, ``limit`` of them at most; how many went."""
        ...
