"""What was read of messages, kept in clear in memory while somebody has their mailbox open.

Opening a sealed card costs 4 µs, reading and authentication together; what SORT and THREAD compare costs ten
times that to make of a header. Finding either here costs a tenth of a card. One room for the whole process,
shelves for each open mailbox: all its sessions find the same. The room is bounded in octets: when it is full,
the oldest of the shelf used the longest ago leave first.

Nothing here is ever written anywhere. What is kept leaves with its message, and with the last session of its
mailbox; and before any is shown again the vault is asked whether the key of its day is still there, so that
destroying a key makes what was read with it unreadable here at the very moment it does elsewhere.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar

from vaguemestre.mail.mailbox import Uid
from vaguemestre.service.ports.vault import KeyDay

ROOM: Final = 32 * 1024 * 1024  # octets: the cards of some 30,000 messages
ENTRY: Final = 200  # octets that Python takes for an entry beside the thing itself
_LEAVE_TOGETHER: Final = 256  # what leaves a dict one by one from its beginning makes that beginning slow


T = TypeVar("T")

Kept: TypeAlias = tuple[KeyDay, T]
"""A thing in clear after the day whose key sealed it; a bare tuple, made thousands at a time."""


class _Shedding(Protocol):
    """A shelf, of whatever."""

    def shed(self) -> None:
        """Some of the oldest go."""


class CardRoom:
    """How much may be kept, by all the mailboxes together."""

    def __init__(self, octets: int = ROOM) -> None:
        self._octets = octets
        self._shelves: OrderedDict[_Shedding, None] = OrderedDict()  # used the longest ago first
        self.used = 0

    def shelf(self, weigh: Callable[[T], int]) -> "Shelf[T]":
        """A new empty one, for a mailbox that is being opened; ``weigh``: octets of a thing, ENTRY apart."""
        return Shelf(self, weigh)

    def touch(self, shelf: _Shedding) -> None:
        """It is used now."""
        self._shelves[shelf] = None
        self._shelves.move_to_end(shelf)

    def forget(self, shelf: _Shedding) -> None:
        """It holds nothing any more."""
        self._shelves.pop(shelf, None)

    def make_room(self) -> None:
        """Until what is kept is within the bound."""
        while self.used > self._octets:
            next(iter(self._shelves)).shed()


class Shelf(Generic[T]):
    """Things of one kind read of the messages of one mailbox, by uid. Made by ``CardRoom.shelf``."""

    __slots__ = ("_closed", "_kept", "_room", "_weigh")

    def __init__(self, room: CardRoom, weigh: Callable[[T], int]) -> None:
        self._room = room
        self._weigh = weigh
        self._kept: dict[Uid, Kept[T]] = {}
        self._closed = False

    def find(
        self, uids: Iterable[Uid], readable: Callable[[Collection[KeyDay]], frozenset[KeyDay]]
    ) -> list[Kept[T] | None]:
        """What is kept of each, None where nothing is. ``readable``: of these days, those that have a key."""
        if not self._kept:
            return [None for _ in uids]
        self._room.touch(self)
        found = [self._kept.get(uid) for uid in uids]
        days = {one[0] for one in found if one is not None}
        if destroyed := days - readable(days):
            self.drop([uid for uid, one in self._kept.items() if one[0] in destroyed])
            return [None if one is None or one[0] in destroyed else one for one in found]
        return found

    def keep(self, things: Mapping[Uid, Kept[T]]) -> None:
        """These too, as far as there is room. A closed shelf keeps nothing."""
        if self._closed or not things:
            return
        self.drop(things)
        self._kept.update(things)
        self._room.used += sum(self._weigh(thing) for _, thing in things.values()) + ENTRY * len(things)
        self._room.touch(self)
        self._room.make_room()

    def drop(self, uids: Iterable[Uid]) -> None:
        """Forget these."""
        if not self._kept:
            return
        for uid in uids:
            gone = self._kept.pop(uid, None)
            if gone is not None:
                self._room.used -= self._weigh(gone[1]) + ENTRY
        if not self._kept:
            self._room.forget(self)

    def shed(self) -> None:
        """Some of the oldest go, to make room."""
        self.drop(list(islice(self._kept, _LEAVE_TOGETHER)))

    def close(self) -> None:
        """Nobody has the mailbox open any more. May be called twice."""
        self._closed = True
        self.drop(list(self._kept))


@dataclass(frozen=True, slots=True, eq=False)
class Digest(Generic[T]):
    """A kind of thing made of a header, and the octets that one takes in memory. A constant of its module."""

    make: Callable[[bytes], T]
    weigh: Callable[[T], int]


class Shelves:
    """All the shelves of one mailbox: its cards, and what was made of their headers."""

    __slots__ = ("_digests", "_room", "cards")

    def __init__(self, room: CardRoom) -> None:
        self._room = room
        self.cards: Shelf[bytes] = room.shelf(len)
        self._digests: dict[object, Shelf[Any]] = {}  # by Digest, which says of what: no type can

    def of(self, digest: Digest[T]) -> Shelf[T]:
        """The one for that kind."""
        shelf: Shelf[T] | None = self._digests.get(digest)
        if shelf is None:
            shelf = self._digests[digest] = self._room.shelf(digest.weigh)
        return shelf

    def drop(self, uids: Sequence[Uid]) -> None:
        """These messages vanished."""
        self.cards.drop(uids)
        for shelf in self._digests.values():
            shelf.drop(uids)

    def close(self) -> None:
        """Nobody has the mailbox open any more. May be called twice."""
        self.cards.close()
        for shelf in self._digests.values():
            shelf.close()
