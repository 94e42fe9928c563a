"""The vault, as the services need it: octets sealed, kept, opened, and keys that can be destroyed.

Adapters implement the ports of this folder; doors never see them.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol, TypeAlias

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import BodyId

KeyDay = NewType("KeyDay", int)  # days since 1970-01-01 UTC: the day whose data key seals a body


KeyPlace: TypeAlias = tuple[BalId, KeyDay]
"""Where a data key is kept: whose, and of which day."""


class KeyDestroyedError(Exception):
    """The data key of that bal and day is gone: nobody can open what it sealed, ever."""


class SealBrokenError(Exception):
    """The sealed octets or their identity were changed: they do not open with the right key."""


@dataclass(frozen=True, slots=True)
class SealedBody:
    """One message's octets and card, sealed for one bal; what a row of the store keeps.

    ``octets`` holds them when small (64 KiB or less before sealing); otherwise ``location`` names the
    object that does. ``wrapped_key`` is the object's own key, wrapped under the data key. ``size`` is the
    length in clear, in octets. Everything is bound to ``id`` and ``bal`` as associated data.
    """

    id: BodyId
    bal: BalId
    day: KeyDay
    size: int
    octets: bytes | None
    location: str | None
    wrapped_key: bytes | None
    card: bytes


class SealedCard(Protocol):
    """The part of a body that FETCH ENVELOPE and SEARCH read: enough to open the card alone."""

    @property
    def id(self) -> BodyId:
        """The identity bound into the seal."""
        ...

    @property
    def bal(self) -> BalId:
        """Whose key sealed it."""
        ...

    @property
    def day(self) -> KeyDay:
        """Which day's key sealed it."""
        ...

    @property
    def card(self) -> bytes:
        """The sealed card."""
        ...


class Spool(Protocol):
    """Takes one message's octets as they arrive. Bounded memory; never in clear on disk."""

    @property
    def size(self) -> int:
        """Octets taken so far."""
        ...

    def feed(self, octets: bytes) -> None:
        """Take the next octets. Raises OSError when the disk is full."""
        ...

    def octets(self) -> bytes:
        """Everything, when it is small enough to be kept in memory; ValueError when it is not."""
        ...

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """A stretch of what was taken, in pieces of at most 64 KiB; nothing more is taken after it.

        May run in a thread. Raises ValueError once the spool is discarded.
        """
        ...

    def discard(self) -> None:
        """Forget it all, temporary file included. May be called twice; after ``seal`` too."""
        ...


class Vault(Protocol):
    """Octets at rest: AES-256-GCM under one data key a bal and day of arrival. architecture.md."""

    def spool(self) -> Spool:
        """A new empty spool."""
        ...

    async def seal(self, bal: BalId, spool: Spool, card: bytes, now: datetime) -> SealedBody:
        """Seal a spool's octets and a card for one bal under today's key, making that key if there is none.

        When this returns, the key is durable, and so is the object of a large body: a row that is then
        committed can always be opened. A spool may be sealed several times, once for each bal.
        """
        ...

    def open_card(self, card: SealedCard) -> bytes:
        """The card in clear. Raises KeyDestroyedError, SealBrokenError."""
        ...

    def open_cards(self, cards: Sequence[SealedCard]) -> list[bytes]:
        """Many cards, in their order; the bulk form of ``open_card``."""
        ...

    def readable(self, bal: BalId, days: Collection[KeyDay]) -> frozenset[KeyDay]:
        """Of these days, those whose key was not destroyed: what was opened of them may be shown again."""
        ...

    def open_octets(
        self, body: SealedBody, start: int = 0, length: int | None = None
    ) -> AsyncIterator[bytes]:
        """A stretch of the octets in clear, in pieces of at most 64 KiB. Raises as ``open_card``."""
        ...

    async def open_whole(self, body: SealedBody) -> bytes:
        """All the octets in clear, for whoever wants a small message whole. Raises as ``open_card``."""
        ...

    async def discard(self, bodies: Sequence[SealedBody]) -> None:
        """Remove the objects of bodies whose rows are gone (or were never committed)."""
        ...

    async def sweep_objects(
        self, known: Callable[[Sequence[str]], Awaitable[Collection[str]]], before: datetime
    ) -> int:
        """Remove objects kept before a time that no row names; how many. ``known`` tells which rows name."""
        ...

    async def days(self, bal: BalId) -> frozenset[KeyDay]:
        """The days for which this bal has a key."""
        ...

    async def holders(self, after: BalId, limit: int) -> list[BalId]:
        """The bals that have a key, by number, those up to ``after`` left out; ``limit`` of them at most."""
        ...

    async def destroy_keys(self, bal: BalId, days: Sequence[KeyDay]) -> int:
        """Destroy those data keys, on disk and in memory; how many there were. No way back."""
        ...

    async def destroy_places(self, places: Collection[KeyPlace]) -> frozenset[KeyPlace]:
        """The same of several bals, in one go: those keys that were there."""
        ...
