"""One mailbox while somebody has it open: its rows in memory, shared by every session that selected it.

The rows are brought up to date by modseq: a signal says that something changed, the store is asked what came
after the last modseq known, and every watcher is told. Signals that come while the question is being asked
are one more question, never one each. A mailbox deleted meanwhile is an empty one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, NamedTuple

import structlog

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.change import Change
from vaguemestre.mail.mailbox import (
    CLOSED_CONVERSATIONS,
    FIRST_KEYWORD_BIT,
    BodyId,
    Mailbox,
    MessageRow,
    ModSeq,
    Uid,
)
from vaguemestre.service import message_changes
from vaguemestre.service.closings import NO_NOTICES, Closings, Notices
from vaguemestre.service.message_changes import Copied, FlagChange, Selection
from vaguemestre.service.ports import Clock, KeyDestroyedError, SealedBody, SealedCard, Vault
from vaguemestre.service.store_port import Store, StoreBusyError, Transaction

MANY_MESSAGES: Final = 100  # a row changed or copied takes some 10 to 30 µs
CARDS_AT_ONCE: Final = 256  # some 10 µs each to open: the loop is held for 3 ms
CARD_OCTETS_AT_ONCE: Final = 4 * 1024 * 1024  # a card may hold a header of 256 KiB
LARGEST_CARD: Final = 300 * 1024  # a card is no larger than this, and hardly larger than its message
BODIES_AT_ONCE: Final = 64
OCTETS_AT_ONCE: Final = 512 * 1024  # of bodies read in one go: what a client that reads nothing can pin

_log = structlog.get_logger()


class Update(NamedTuple):
    """What is new: rows that appeared or changed, by uid, and those that vanished, as they last were."""

    rows: Sequence[MessageRow]
    vanished: Sequence[MessageRow]


Watcher = Callable[[Update], None]


@dataclass(frozen=True, slots=True)
class _News:
    """The answer to "what is after this modseq": everything read in one transaction."""

    mailbox: Mailbox | None
    rows: list[MessageRow]
    vanished: list[Uid]
    keywords: tuple[str, ...]


class OpenMailbox:
    """The rows of one mailbox and what may be done with its messages. Made by ``Mailboxes.open``."""

    __slots__ = (
        "_again",
        "_clock",
        "_closings",
        "_refreshing",
        "_stop",
        "_store",
        "_vault",
        "_watchers",
        "keywords",
        "mailbox",
        "modseq",
        "rows",
        "uids",
    )

    def __init__(
        self, mailbox: Mailbox, store: Store, vault: Vault, clock: Clock, closings: Closings
    ) -> None:
        self.mailbox = mailbox
        self.rows: dict[Uid, MessageRow] = {}
        self.uids: list[Uid] = []
        self.keywords: tuple[str, ...] = ()
        self.modseq = ModSeq(0)
        self._store = store
        self._vault = vault
        self._clock = clock
        self._closings = closings
        self._watchers: list[Watcher] = []
        self._refreshing: asyncio.Task[None] | None = None
        self._again = False
        self._stop = store.changes.subscribe(mailbox.id, self._signalled)

    @property
    def keyword_bits(self) -> dict[str, int]:
        """Keywords in lower case and the bit of each in a FlagSet."""
        return {name.lower(): 1 << bit for bit, name in enumerate(self.keywords, FIRST_KEYWORD_BIT)}

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call back in the event loop at each change, from now on; returns the way to stop."""
        self._watchers.append(watcher)
        return lambda: self._watchers.remove(watcher) if watcher in self._watchers else None

    @property
    def is_watched(self) -> bool:
        """Whether any session still has it open."""
        return bool(self._watchers)

    def close(self) -> None:
        """Nobody has it open any more."""
        self._stop()

    async def refresh(self) -> None:
        """Know everything that was committed before this call. Raises StoreBusyError."""
        if self._refreshing is not None:
            self._again = True  # what runs may have read too early for us
        # Shielded: a client that goes away must not stop the answer others are waiting for.
        await asyncio.shield(self._refreshing or self._start())

    def _signalled(self, change: Change) -> None:
        if change.modseq <= self.modseq:
            return  # our own change, known already
        if self._refreshing is not None:
            self._again = True
        else:
            self._start()

    def _start(self) -> "asyncio.Task[None]":
        self._refreshing = asyncio.get_running_loop().create_task(self._catch_up())
        self._refreshing.add_done_callback(_told)
        return self._refreshing

    async def _catch_up(self) -> None:
        try:
            self._again = True
            while self._again:
                self._again = False
                self._learn(await self._store.read(self._ask))
        finally:
            self._refreshing = None

    def _ask(self, tx: Transaction) -> _News:
        mailbox = tx.mailboxes.by_id(self.mailbox.id)
        if mailbox is None:
            return _News(None, [], list(self.uids), self.keywords)
        if mailbox.highest_modseq <= self.modseq:
            return _News(mailbox, [], [], self.keywords)
        vanished = tx.messages.vanished(mailbox.id, self.modseq) if self.modseq else []
        rows = tx.messages.rows(mailbox.id, self.modseq)
        return _News(mailbox, rows, vanished, tx.mailboxes.keywords(mailbox.bal))

    def _learn(self, news: _News) -> None:
        self.keywords = news.keywords
        if news.mailbox is not None:
            self.mailbox = news.mailbox
            self.modseq = news.mailbox.highest_modseq
        vanished = [row for uid in news.vanished if (row := self.rows.pop(uid, None)) is not None]
        appeared = False
        for row in news.rows:
            appeared = appeared or row.uid not in self.rows
            self.rows[row.uid] = row
        if vanished or appeared:
            self.uids = sorted(self.rows)
        if vanished or news.rows:
            update = Update(news.rows, vanished)
            for watcher in tuple(self._watchers):
                watcher(update)

    def select(self, bal: Bal, uids: Iterable[Uid]) -> Selection:
        """Where a unit about these messages starts from; uids that are not there are passed over."""
        rows = {uid: row for uid in uids if (row := self.rows.get(uid)) is not None}
        return Selection(bal, self.mailbox.id, rows, self.modseq, self._clock.now())

    async def _notices(self, selection: Selection, closing: bool) -> Notices:
        """What the citizens are told, when this closes conversations."""
        if not closing:
            return NO_NOTICES
        return await self._closings.notices_for(selection.bal, selection.rows.values(), selection.now)

    async def store_flags(self, bal: Bal, uids: Sequence[Uid], change: FlagChange) -> frozenset[Uid]:
        """Change flags, durably; of which messages. Raises MailboxRefused (LIMIT), StoreBusyError."""
        selection = self.select(bal, uids)
        notices = await self._notices(selection, message_changes.closes(change))

        stored = await self._store.write(
            lambda tx: message_changes.store_flags(tx, selection, change, notices),
            "store_flags",
            is_long=_is_long(selection),
        )
        await self.refresh()
        return stored

    async def copy(self, bal: Bal, uids: Sequence[Uid], name: str) -> Copied:
        """Copy to a mailbox of the bal. Raises MailboxRefused (NONEXISTENT, OVERQUOTA), StoreBusyError."""
        selection = self.select(bal, uids)
        notices = await self._notices(selection, name == CLOSED_CONVERSATIONS)
        copied = await self._store.write(
            lambda tx: message_changes.copy_messages(tx, selection, name, notices),
            "copy",
            is_long=_is_long(selection),
        )
        await self.refresh()  # the target may be this very mailbox
        return copied

    async def move(self, bal: Bal, uids: Sequence[Uid], name: str) -> Copied:
        """Move to another mailbox of the bal. Raises MailboxRefused (NONEXISTENT), StoreBusyError."""
        selection = self.select(bal, uids)
        notices = await self._notices(selection, name == CLOSED_CONVERSATIONS)
        moved = await self._store.write(
            lambda tx: message_changes.move_messages(tx, selection, name, notices),
            "move",
            is_long=_is_long(selection),
        )
        await self.refresh()
        return moved

    async def expunge(self, bal: Bal, uids: Sequence[Uid]) -> None:
        r"""Remove those of these messages that are \Deleted. Raises StoreBusyError."""
        selection = self.select(bal, uids)
        await self._store.write(
            lambda tx: message_changes.expunge_messages(tx, selection),
            "expunge",
            is_long=_is_long(selection),
        )
        await self.refresh()

    async def vanished(self, after: ModSeq) -> list[Uid]:
        """What was expunged after a modseq, however long ago; by uid. Raises StoreBusyError."""
        return await self._store.read(lambda tx: tx.messages.vanished(self.mailbox.id, after))

    async def cards(self, rows: Sequence[MessageRow]) -> AsyncIterator[list[tuple[MessageRow, bytes]]]:
        """Rows with their cards in clear, a slice at a time; messages that are gone are left out."""
        for part in _slices(rows, CARDS_AT_ONCE, CARD_OCTETS_AT_ONCE, LARGEST_CARD):
            wanted = [row.body for row in part]
            sealed = await self._store.read(partial(_sealed_cards, wanted))
            there = [row for row in part if row.body in sealed]
            yield self._open_cards(there, [sealed[row.body] for row in there])
            await asyncio.sleep(0)  # other sessions have their turn between two slices

    def _open_cards(
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

    async def bodies(
        self, rows: Sequence[MessageRow]
    ) -> AsyncIterator[list[tuple[MessageRow, SealedBody, bytes]]]:
        """Rows with their sealed octets and their cards in clear, a slice at a time, as ``cards``."""
        for part in _slices(rows, BODIES_AT_ONCE, OCTETS_AT_ONCE):
            found = await self._store.read(partial(_sealed_bodies, [row.body for row in part]))
            there = [(row, body) for row, body in zip(part, found, strict=True) if body is not None]
            cards = dict(self._open_cards([row for row, _ in there], [body for _, body in there]))
            yield [(row, body, cards[row]) for row, body in there if row in cards]

    def octets(self, body: SealedBody, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """A stretch of a message in clear, in pieces of at most 64 KiB. Raises KeyDestroyedError."""
        return self._vault.open_octets(body, start, length)


def _sealed_cards(bodies: Sequence[BodyId], tx: Transaction) -> dict[BodyId, SealedCard]:
    return tx.messages.cards(bodies)


def _sealed_bodies(bodies: Sequence[BodyId], tx: Transaction) -> list[SealedBody | None]:
    return [tx.messages.body(body) for body in bodies]


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


def _told(task: asyncio.Task[None]) -> None:
    """A signal's question failed: the next signal, or the next command, asks again."""
    if not task.cancelled() and isinstance(error := task.exception(), Exception):
        _log.warning("mailbox_refresh_failed", temporary=isinstance(error, StoreBusyError), exc_info=error)


def _is_long(selection: Selection) -> bool:
    """Whether a unit about these messages takes more than a few milliseconds."""
    return len(selection.rows) > MANY_MESSAGES
