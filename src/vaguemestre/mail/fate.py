"""What became of an accepted message, for each recipient: never what it says. domain.md §3, traces."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId

SubmissionId = NewType("SubmissionId", int)


class FateState(StrEnum):
    """How far it has come for one recipient. It only ever goes down this list."""

    DELIVERED = "delivered"
    READ = "read"
    EXPIRED = "expired"  # unread, when its time had come
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Fate:
    """One recipient's. ``status`` is the enhanced code of a refusal (RFC 3463), else empty."""

    recipient: Address
    state: FateState
    at: datetime
    status: str = ""


@dataclass(frozen=True, slots=True)
class SubmissionTrace:
    """One message as it was accepted, and its recipients' fates by address."""

    id: SubmissionId
    queue_id: str
    sender: BalId
    sender_address: Address
    accepted_at: datetime
    fates: tuple[Fate, ...]
