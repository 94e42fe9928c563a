"""What the messages of one open mailbox hold, in clear: cards and octets, a slice at a time.

Messages that stand side by side in the mailbox are read together, by their place in it; the others by the
name of each body, which takes twice as long. Cards that were opened before are in memory
(``service/mailboxes/opened_cards.py``).
"""

import asyncio
from bisect import bisect_left
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Final, TypeVar

from vaguemestre.mail.mailbox import BodyId, Mailbox, MailboxId, MessageRow, Uid
from vaguemestre.service.mailboxes.opened_cards import Digest, Kept, Shelves
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDay, KeyDestroyedError, SealedBody, SealedCard, Vault

CARDS_AT_ONCE: Final = 256  # some 5 µs each to read and open: the loop is held for 2 ms
CARD_OCTETS_AT_ONCE: Final = 4 * 1024 * 1024  # a card may hold a header of 256 KiB
LARGEST_CARD: Final = 300 * 1024  # a card is no larger than this, and hardly larger than its message
BODIES_AT_ONCE: Final = 64
OCTETS_AT_ONCE: Final = 512 * 1024  # of bodies read in one go: what a client that reads nothing can pin

T = TypeVar("T")


class Contents:
    """Of one mailbox. ``rows`` are those of the open mailbox, which keeps them up to date."""

    __slots__ = ("_mailbox", "_rows", "_shelves", "_store", "_vault")

    def __init__(
        self, mailbox: Mailbox, rows: Mapping[Uid, MessageRow], store: Store, vault: Vault, shelves: Shelves
    ) -> None:
        self._mailbox = mailbox
        self._rows = rows
        self._store = store
        self._vault = vault
        self._shelves = shelves

    def drop(self, uids: Sequence[Uid]) -> None:
        """These messages vanished."""
        self._shelves.drop(uids)

    def close(self) -> None:
        """Nobody has the mailbox open any more."""
        self._shelves.close()

    async def cards(
        self, rows: Sequence[MessageRow], uids: Sequence[Uid]
    ) -> AsyncIterator[list[tuple[MessageRow, bytes]]]:
        """Rows with their cards, a slice at a time; messages that are gone are left out.

        ``uids`` are all those of the mailbox. Raises StoreBusyError.
        """
        async for part, cards in self.dated_cards(rows, uids):
            yield [(row, card) for row, (_, card) in zip(part, cards, strict=True)]

    async def dated_cards(
        self, rows: Sequence[MessageRow], uids: Sequence[Uid]
    ) -> AsyncIterator[tuple[Sequence[MessageRow], Sequence[Kept[bytes]]]]:
        """As ``cards``, each after the day whose key sealed it; rows apart."""
        shelf = self._shelves.cards
        for part in _slices(rows, CARDS_AT_ONCE, CARD_OCTETS_AT_ONCE, LARGEST_CARD):
            kept = shelf.find([row.uid for row in part], self._readable)
            found = [card for card in kept if card is not None]
            yield (part, found) if len(found) == len(part) else await self._completed(part, kept, uids)
            await asyncio.sleep(0)  # other sessions have their turn between two slices

    def digests(self, digest: Digest[T], uids: Sequence[Uid]) -> list[Kept[T] | None]:
        """What was made of the headers of these and kept, None where nothing is. Half a microsecond each."""
        return self._shelves.of(digest).find(uids, self._readable)

    def keep_digests(self, digest: Digest[T], made: Mapping[Uid, Kept[T]]) -> None:
        """Of messages whose key is still there when they are asked for again."""
        # A message that vanished while its header was read would stay on the shelf for ever.
        self._shelves.of(digest).keep({uid: one for uid, one in made.items() if uid in self._rows})

    async def bodies(
        self, rows: Sequence[MessageRow], uids: Sequence[Uid], with_cards: bool
    ) -> AsyncIterator[list[tuple[MessageRow, SealedBody, bytes]]]:
        """Rows with their sealed octets, a slice at a time, and their cards unless they are not wanted."""
        for part in _slices(rows, BODIES_AT_ONCE, OCTETS_AT_ONCE):
            asked = partial(_sealed_bodies, self._mailbox.id, part, _together(part, uids))
            found = await self._store.read(asked)
            there = [row for row in part if row.body in found]
            if with_cards:
                opened = self._open(there, [found[row.body] for row in there])
                yield [(row, found[row.body], card) for row, card in opened]
            else:
                days = self._readable({body.day for body in found.values()})
                yield [(row, found[row.body], b"") for row in there if found[row.body].day in days]

    def octets(self, body: SealedBody, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """A stretch of a message, in pieces of at most 64 KiB. Raises KeyDestroyedError."""
        return self._vault.open_octets(body, start, length)

    async def whole(self, body: SealedBody) -> bytes:
        """A small message at once. Raises KeyDestroyedError."""
        return await self._vault.open_whole(body)

    async def _completed(
        self, rows: Sequence[MessageRow], kept: Sequence[Kept[bytes] | None], uids: Sequence[Uid]
    ) -> tuple[Sequence[MessageRow], Sequence[Kept[bytes]]]:
        """Rows and their cards, those that are not in memory read and opened first."""
        lacking = [row for row, card in zip(rows, kept, strict=True) if card is None]
        asked = partial(_sealed_cards, self._mailbox.id, lacking, _together(lacking, uids))
        sealed = await self._store.read(asked)
        there = [row for row in lacking if row.body in sealed]
        opened = self._open(there, [sealed[row.body] for row in there])
        both = {row.uid: (sealed[row.body].day, card) for row, card in opened}
        # A message that vanished while its card was read would stay on the shelf for ever.
        self._shelves.cards.keep({uid: one for uid, one in both.items() if uid in self._rows})
        if len(lacking) < len(rows):
            both.update((row.uid, card) for row, card in zip(rows, kept, strict=True) if card is not None)
        found = [row for row in rows if row.uid in both]
        return found, [both[row.uid] for row in found]

    def _readable(self, days: Collection[KeyDay]) -> frozenset[KeyDay]:
        return self._vault.readable(self._mailbox.bal, days)

    def _open(
        self, rows: Sequence[MessageRow], sealed: Sequence[SealedCard]
    ) -> list[tuple[MessageRow, bytes]]:
        try:
            return list(zip(rows, self._vault.open_cards(sealed), strict=True))
        except KeyDestroyedError:
            return list(self._open_each(rows, sealed))  # one expired between the two: the others are wanted

    def _open_each(
        self, rows: Sequence[MessageRow], sealed: Sequence[SealedCard]
    ) -> Iterator[tuple[MessageRow, bytes]]:
        for row, card in zip(rows, sealed, strict=True):
            try:
                yield row, self._vault.open_card(card)
            except KeyDestroyedError:
                continue


def _together(rows: Sequence[MessageRow], uids: Sequence[Uid]) -> bool:
    """Whether no other message stands between these."""
    at = bisect_left(uids, rows[0].uid)
    return uids[at : at + len(rows)] == [row.uid for row in rows]


def _sealed_cards(
    mailbox: MailboxId, rows: Sequence[MessageRow], together: bool, tx: Transaction
) -> dict[BodyId, SealedCard]:
    """17 ms for 10,000 that stand together, 28 by the name of each."""
    found: dict[BodyId, SealedCard] = {}
    if together:
        found = tx.messages.cards_between(mailbox, rows[0].uid, rows[-1].uid)
    if len(found) < len(rows):  # or expunged meanwhile: what is not swept yet is read to the end
        found |= tx.messages.cards([row.body for row in rows if row.body not in found])
    return found


def _sealed_bodies(
    mailbox: MailboxId, rows: Sequence[MessageRow], together: bool, tx: Transaction
) -> dict[BodyId, SealedBody]:
    found: dict[BodyId, SealedBody] = {}
    if together:
        found = tx.messages.bodies_between(mailbox, rows[0].uid, rows[-1].uid)
    lacking = (tx.messages.body(row.body) for row in rows if row.body not in found)
    return found | {body.id: body for body in lacking if body is not None}


def _slices(
    rows: Sequence[MessageRow], count: int, octets: int, largest: int | None = None
) -> Iterator[list[MessageRow]]:
    """Slices of ``count`` rows and so many octets at most, each row taken for no more than ``largest``."""
    part: list[MessageRow] = []
    held = 0
    for row in rows:
        size = row.size if largest is None else min(row.size, largest)
        if part and (len(part) >= count or held + size > octets):
            yield part
            part, held = [], 0
        part.append(row)
        held += size
    if part:
        yield part
