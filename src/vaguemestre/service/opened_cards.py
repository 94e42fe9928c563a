"""Cards that were opened once, kept in clear in memory while somebody has their mailbox open.

Opening a sealed card costs 4 µs, reading and authentication together; finding it here costs a tenth of
that. One room for the whole process, a shelf for each open mailbox: all its sessions find the same cards. The
room is bounded in octets: when it is full, the oldest cards of the mailbox used the longest ago leave first.

Nothing here is ever written anywhere. A card leaves with its message, and with the last session of its
mailbox; and before any is shown again the vault is asked whether the key of its day is still there, so that
destroying a key makes its cards unreadable here at the very moment it does elsewhere.
"""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from itertools import islice
from typing import Final, TypeAlias

from vaguemestre.mail.mailbox import Uid
from vaguemestre.service.ports import KeyDay

ROOM: Final = 32 * 1024 * 1024  # octets: the cards of some 30,000 messages
ENTRY: Final = 200  # octets that Python takes for an entry beside the card itself
_LEAVE_TOGETHER: Final = 256  # what leaves a dict one by one from its beginning makes that beginning slow


OpenedCard: TypeAlias = tuple[KeyDay, bytes]
"""A card in clear after the day whose key sealed it; a bare tuple, made thousands at a time."""


class CardRoom:
    """How much may be kept, by all the mailboxes together."""

    def __init__(self, octets: int = ROOM) -> None:
        self._octets = octets
        self._shelves: OrderedDict[CardShelf, None] = OrderedDict()  # used the longest ago first
        self.used = 0

    def shelf(self) -> "CardShelf":
        """A new empty one, for a mailbox that is being opened."""
        return CardShelf(self)

    def touch(self, shelf: "CardShelf") -> None:
        """It is used now."""
        self._shelves[shelf] = None
        self._shelves.move_to_end(shelf)

    def forget(self, shelf: "CardShelf") -> None:
        """It holds nothing any more."""
        self._shelves.pop(shelf, None)

    def make_room(self) -> None:
        """Until what is kept is within the bound."""
        while self.used > self._octets:
            next(iter(self._shelves)).shed()


class CardShelf:
    """The opened cards of one mailbox, by uid. Made by ``CardRoom.shelf``."""

    __slots__ = ("_cards", "_closed", "_room")

    def __init__(self, room: CardRoom) -> None:
        self._room = room
        self._cards: dict[Uid, OpenedCard] = {}
        self._closed = False

    def find(
        self, uids: Iterable[Uid], readable: Callable[[Collection[KeyDay]], frozenset[KeyDay]]
    ) -> list[bytes | None]:
        """The card of each, None where it is not here. ``readable``: of these days, those that have a key."""
        if not self._cards:
            return [None for _ in uids]
        self._room.touch(self)
        found = [self._cards.get(uid) for uid in uids]
        days = {one[0] for one in found if one is not None}
        if destroyed := days - readable(days):
            self.drop([uid for uid, one in self._cards.items() if one[0] in destroyed])
            return [None if one is None or one[0] in destroyed else one[1] for one in found]
        return [None if one is None else one[1] for one in found]

    def keep(self, cards: Mapping[Uid, OpenedCard]) -> None:
        """These too, as far as there is room. A closed shelf keeps nothing."""
        if self._closed:
            return
        self.drop(cards)
        self._cards.update(cards)
        self._room.used += sum(len(card) for _, card in cards.values()) + ENTRY * len(cards)
        self._room.touch(self)
        self._room.make_room()

    def drop(self, uids: Iterable[Uid]) -> None:
        """Forget these."""
        if not self._cards:
            return
        for uid in uids:
            gone = self._cards.pop(uid, None)
            if gone is not None:
                self._room.used -= len(gone[1]) + ENTRY
        if not self._cards:
            self._room.forget(self)

    def shed(self) -> None:
        """Some of the oldest go, to make room."""
        self.drop(list(islice(self._cards, _LEAVE_TOGETHER)))

    def close(self) -> None:
        """Nobody has the mailbox open any more. May be called twice."""
        self._closed = True
        self.drop(list(self._cards))
