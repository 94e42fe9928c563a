"""The account a person, a service or a program holds: a *boîte aux lettres*, ``Bal``. domain.md §1, §2.

``Bal`` is the account; ``mail.mailbox`` is what IMAP selects inside it. Two things, two words. Address
and kind never change after creation (domain.md §1).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from vaguemestre.mail.address import Address

BalId = NewType("BalId", int)


class BalKind(StrEnum):
    """Who holds it. PER a person, ORG a service, APP a program, CAB a practice, CITIZEN a citizen."""

    PER = "PER"
    ORG = "ORG"
    APP = "APP"
    CAB = "CAB"
    CITIZEN = "CITIZEN"

    @property
    def is_professional(self) -> bool:
        """Any kind but a citizen's: all of them may open a conversation (domain.md §2)."""
        return self is not BalKind.CITIZEN


class BalState(StrEnum):
    """Where the account stands. domain.md §2, profile states; *suspended* is the operator's own act.

    INACTIVE: a citizen's profile, open and not activated: receives, does not send.
    ACTIVE: receives and sends. SUSPENDED: receives, nobody signs in. OPPOSED: the citizen refuses the
    service. CLOSED: receives nothing, nobody signs in.
    """

    INACTIVE = "inactive"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    OPPOSED = "opposed"
    CLOSED = "closed"

    @property
    def receives(self) -> bool:
        """Whether mail may be filed in it."""
        return self in {BalState.INACTIVE, BalState.ACTIVE, BalState.SUSPENDED}

    @property
    def signs_in(self) -> bool:
        """Whether its holder may sign in, by any door."""
        return self is BalState.ACTIVE


@dataclass(frozen=True, slots=True)
class Bal:
    """One account. ``quota`` and ``used`` in octets as received (RFC822.SIZE); quota 0 means none.

    ``sector`` is the directory's code of what the holder does, such as SA33; ``is_unlisted``: not published
    there (*liste rouge*, domain.md §1).
    """

    id: BalId
    address: Address
    kind: BalKind
    state: BalState
    name: str
    rpps: str | None
    finess: str | None
    quota: int
    used: int
    created_at: datetime
    sector: str | None = None
    is_unlisted: bool = False

    @property
    def is_citizen(self) -> bool:
        """Whether a citizen holds it."""
        return self.kind is BalKind.CITIZEN
