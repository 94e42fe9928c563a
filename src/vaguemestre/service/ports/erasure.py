"""What an erasure on request needs of the database, in steps that a crash may part. domain.md §2."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.vault import SealedBody


@dataclass(frozen=True, slots=True)
class Erasure:
    """One in hand, and what it has destroyed so far. ``keys`` names each data key, ``octets`` as received."""

    id: str
    bal: BalId
    begun_at: datetime
    actor: str
    reason: str
    keys: tuple[str, ...] = ()
    messages: int = 0
    octets: int = 0
    bodies: int = 0
    conversations: int = 0


class Erasures(Protocol):
    """Each step returns how much it did, 0 when nothing is left."""

    def begin(self, erasure: Erasure) -> None:
        """Nothing happens when one of that bal is in hand."""
        ...

    def of(self, bal: BalId) -> Erasure | None:
        """The one in hand."""
        ...

    def oldest(self, limit: int) -> list[Erasure]:
        """Those begun first."""
        ...

    def note_keys(self, bal: BalId, keys: Sequence[str]) -> None:
        """These are about to be destroyed; each is noted once."""
        ...

    def remove_messages(self, bal: BalId, limit: int, now: datetime) -> int:
        """Out of the mailboxes and archives of the bal."""
        ...

    def drop_bodies(self, bal: BalId, limit: int) -> list[SealedBody]:
        """Rows and octets of bodies; objects are the vault's."""
        ...

    def remove_conversations(self, bal: BalId, limit: int) -> int:
        """Conversations of a citizen, with whom they were, and what led to them."""
        ...

    def remove_rest(self, bal: BalId, now: datetime) -> None:
        """What signs in, keywords, his own mailboxes, his name. Address and standard mailboxes stay."""
        ...

    def still_queued(self, bal: BalId) -> int:
        """Messages it sent that wait for another operator: accepted, so they are handed over or reported."""
        ...

    def end(self, bal: BalId) -> None:
        """Nothing is left."""
        ...
