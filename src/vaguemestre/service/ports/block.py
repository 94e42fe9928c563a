"""Whom a citizen has blocked, as the services need it. domain.md §2: no reason is asked.

By address: a person's and his service's are two, and he may be at another operator.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId
from vaguemestre.mail.correspondent import PartyId


@dataclass(frozen=True, slots=True)
class Block:
    """One professional whom this citizen does not hear any more."""

    professional: Address
    since: datetime


class Blocks(Protocol):
    """By citizen and address."""

    def of(self, citizen: BalId) -> list[Block]:
        """By address."""
        ...

    def is_blocked(self, citizen: PartyId, professional: Address) -> bool:
        """Never by somebody elsewhere: whom he blocks is known to his operator."""
        ...

    def add(self, citizen: BalId, professional: Address, now: datetime) -> bool:
        """Whether that changed anything."""
        ...

    def remove(self, citizen: BalId, professional: Address) -> bool:
        """Whether there was one."""
        ...
