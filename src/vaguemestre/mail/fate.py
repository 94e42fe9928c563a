"""What became of an accepted message, for each recipient: never what it says. domain.md §3, traces."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from vaguemestre.mail.address import Address
from vaguemestre.mail.correspondent import PartyId
from vaguemestre.mail.deliver_by import DeliverBy
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.mail.tls_wish import TlsWish

SubmissionId = NewType("SubmissionId", int)


class FateState(StrEnum):
    """How far it has come for one recipient. It only ever goes down this list."""

    HELD = "held"  # until its hour: RFC 4865
    QUEUED = "queued"  # for another operator: domain.md §6
    DELIVERED = "delivered"  # of a recipient elsewhere: his operator has accepted it
    READ = "read"
    REJECTED = "rejected"  # by the recipient's own software: domain.md §4, integration errors
    EXPIRED = "expired"  # unread, when its time had come; with a status: never accepted by his operator
    REFUSED = "refused"
    CANCELLED = "cancelled"  # before its hour


@dataclass(frozen=True, slots=True)
class Fate:
    """One recipient's. Of a refusal, ``status`` is the enhanced code (RFC 3463) and ``reason`` the reply.

    Of a rejection ``status`` is empty, and ``reason`` tells the code of domain.md §4. It is English;
    ``reason_french`` is empty for what became of messages before it was kept.
    """

    recipient: Address
    state: FateState
    at: datetime
    status: str = ""
    reason: str = ""
    reason_french: str = ""


@dataclass(frozen=True, slots=True)
class SubmissionTrace:
    """One message as it was accepted, and its recipients' fates by address.

    ``actor_address`` is who wrote it in the name of its sender; None when he did himself.
    ``release_at`` is there when it was to be released later: the hour that was asked for. ``deliver_by`` is
    there when its sender said by when it was to be delivered.
    """

    id: SubmissionId
    queue_id: str
    sender: PartyId
    sender_address: Address
    accepted_at: datetime
    fates: tuple[Fate, ...]
    tls: TlsWish = TlsWish.UNSAID
    actor_address: Address | None = None
    release_at: datetime | None = None
    deliver_by: DeliverBy | None = None


class ReportKind(StrEnum):
    """What a sender is told by a message of ours."""

    FAILURE = "failure"  # RFC 3464: not delivered
    SUCCESS = "success"  # RFC 3464: delivered, and the sender wished to know
    BOUNCE = "bounce"  # RFC 3464: not accepted by the recipient's operator
    DELAY = "delay"  # RFC 3464: not accepted yet
    RELAYED = "relayed"  # RFC 3464: accepted by an operator who reports nothing further
    RECEIPT = "receipt"  # RFC 8098: a citizen has read it


@dataclass(frozen=True, slots=True)
class DueReport:
    """One recipient to be reported on, and what the report says of it.

    ``original`` is ORCPT as the client gave it, ``envelope_id`` its ENVID (RFC 3461 §4), empty without.
    ``copy`` is a sealed copy of the message, of this recipient or of another; ``others``: somebody has it.
    ``release_at`` is the hour of a message that was held, ``deliver_by`` the time that its sender set.
    """

    id: int
    kind: ReportKind
    submission: SubmissionId
    queue_id: str
    sender: PartyId
    accepted_at: datetime
    fate: Fate
    original: str
    envelope_id: str
    copy: BodyId | None
    others: bool = True
    release_at: datetime | None = None
    deliver_by: DeliverBy | None = None
