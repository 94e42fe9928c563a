"""One mailbox while somebody has it open: its rows in memory, shared by every session that selected it.

The rows are brought up to date by modseq: a signal says that something changed, the store is asked what came
after the last modseq known, and every watcher is told. A mailbox deleted meanwhile is an empty one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, NamedTuple, TypeVar

import structlog

from vaguemestre.mail.access import Deed
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.change import Change
from vaguemestre.mail.mailbox import (
    BLOCKED,
    CLOSED_CONVERSATIONS,
    FIRST_KEYWORD_BIT,
    Mailbox,
    MailboxId,
    MessageRow,
    ModSeq,
    Uid,
)
from vaguemestre.service.access.reading_for import note, place_of, require
from vaguemestre.service.conversations.blocking import senders_of
from vaguemestre.service.mailboxes import changes as message_changes
from vaguemestre.service.mailboxes.catching_up import CatchingUp
from vaguemestre.service.mailboxes.changes import Copied, Effect, FlagChange, Selection
from vaguemestre.service.mailboxes.contents import Contents
from vaguemestre.service.mailboxes.names import canonical
from vaguemestre.service.mailboxes.opened_cards import Digest, Kept, Shelves
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import SealedBody, Vault
from vaguemestre.service.sign_in.outcome import Reader

SAVED_AT_ONCE: Final = 1_000  # a microsecond or two each
ROWS_AT_ONCE: Final = 2_000  # some 1.2 µs each to read and put in place
MANY_MESSAGES: Final = 100  # a row changed or copied takes some 10 to 30 µs

T = TypeVar("T")

_log = structlog.get_logger()


class Update(NamedTuple):
    """What is new: rows that appeared or changed, by uid, and those that vanished, as they last were."""

    rows: Sequence[MessageRow]
    vanished: Sequence[MessageRow]


Watcher = Callable[[Update], None]


@dataclass(frozen=True, slots=True)
class _News:
    """The answer to "what is after this modseq": everything read in one transaction.

    ``vanished`` is None when the store has forgotten it.
    """

    mailbox: Mailbox | None
    rows: list[MessageRow]
    vanished: list[Uid] | None
    keywords: tuple[str, ...]


class OpenMailbox:
    """The rows of one mailbox and what may be done with its messages. Made by ``Mailboxes.open``."""

    __slots__ = (
        "_catching_up",
        "_clock",
        "_contents",
        "_stop",
        "_store",
        "_watchers",
        "keywords",
        "mailbox",
        "modseq",
        "rows",
        "uids",
    )

    def __init__(
        self,
        mailbox: Mailbox,
        store: Store,
        vault: Vault,
        clock: Clock,
        shelves: Shelves,
    ) -> None:
        self.mailbox = mailbox
        self.rows: dict[Uid, MessageRow] = {}
        self.uids: list[Uid] = []
        self.keywords: tuple[str, ...] = ()
        self.modseq = ModSeq(0)
        self._store = store
        self._contents = Contents(mailbox, self.rows, store, vault, shelves)
        self._clock = clock
        self._watchers: list[Watcher] = []
        self._catching_up = CatchingUp(self._catch_up)
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
        self._contents.close()

    async def refresh(self) -> None:
        """Know everything that was committed before this call. Raises StoreBusyError."""
        await self._catching_up.refresh()

    def _signalled(self, change: Change) -> None:
        # Whoever made the change wakes up first, if it is one of us, and then it is known already.
        asyncio.get_running_loop().call_soon(self._look, change.modseq)

    def _look(self, modseq: ModSeq) -> None:
        if modseq > self.modseq:
            self._catching_up.signalled()

    async def _learn_own(self, effect: Effect | None) -> None:
        """Know what a unit of ours did: without asking, when nobody else did anything before it."""
        if effect is not None and effect.since == self.modseq:
            self.modseq = effect.modseq
            self._change(effect.rows, effect.vanished)
        elif effect is None or effect.modseq > self.modseq:
            await self.refresh()

    async def _catch_up(self) -> None:
        if not self.modseq:
            await self._load()
        news = await self._store.read(self._ask)
        self._learn(news, await self._missing() if news.vanished is None else news.vanished)

    async def _load(self) -> None:
        """Every row for the first time, a slice at a time: all at once they hold the loop 10 ms for 10,000.

        What changes between two slices is after the modseq that the first one saw: the question that
        follows is about that.
        """
        self.rows.clear()
        news = await self._store.read(self._begin)
        rows = news.rows
        while rows:
            self.rows.update((row.uid, row) for row in rows)
            if len(rows) < ROWS_AT_ONCE:
                break
            await asyncio.sleep(0)  # other sessions have their turn between two slices
            after = Uid(rows[-1].uid + 1)
            rows = await self._store.read(partial(_rows_from, self.mailbox.id, after))
        self.uids = list(self.rows)
        self.keywords = news.keywords
        if news.mailbox is not None:
            self.mailbox, self.modseq = news.mailbox, news.mailbox.highest_modseq

    def _begin(self, tx: Transaction) -> _News:
        mailbox = tx.mailboxes.by_id(self.mailbox.id)
        if mailbox is None:
            return _News(None, [], [], self.keywords)
        return _News(mailbox, _rows_from(mailbox.id, Uid(1), tx), [], tx.mailboxes.keywords(mailbox.bal))

    def _ask(self, tx: Transaction) -> _News:
        mailbox = tx.mailboxes.by_id(self.mailbox.id)
        if mailbox is None:
            return _News(None, [], list(self.uids), self.keywords)
        if mailbox.highest_modseq <= self.modseq:
            return _News(mailbox, [], [], self.keywords)
        vanished = tx.expunged.after(mailbox.id, self.modseq)
        rows = tx.messages.rows(mailbox.id, self.modseq)
        return _News(mailbox, rows, vanished, tx.mailboxes.keywords(mailbox.bal))

    async def _missing(self) -> list[Uid]:
        """Those of the rows known whose messages are gone, a slice at a time.

        What was expunged after the question that this completes is told by the next one too.
        """
        known, missing = self.uids, list[Uid]()
        for start in range(0, len(known), ROWS_AT_ONCE):
            uids = known[start : start + ROWS_AT_ONCE]
            spared = await self._store.read(partial(_spared, self.mailbox.id, uids))
            missing += (uid for uid in uids if uid not in spared)
            await asyncio.sleep(0)  # other sessions have their turn between two slices
        return missing

    def _learn(self, news: _News, gone: Sequence[Uid]) -> None:
        self.keywords = news.keywords
        if news.mailbox is not None:
            if news.mailbox.highest_modseq >= self.modseq:
                self.mailbox = news.mailbox
            if news.mailbox.highest_modseq <= self.modseq:
                return  # nothing is new, or a unit of ours was learnt between the question and this answer
            self.modseq = news.mailbox.highest_modseq
        self._change(news.rows, gone)

    def _change(self, rows: Sequence[MessageRow], gone: Sequence[Uid]) -> None:
        appeared = False
        for row in rows:
            appeared = appeared or row.uid not in self.rows
            self.rows[row.uid] = row
        vanished = [self.rows.pop(uid) for uid in gone if uid in self.rows]
        self._contents.drop([row.uid for row in vanished])
        if vanished or appeared:
            self.uids = sorted(self.rows)
        if vanished or rows:
            update = Update(rows, vanished)
            for watcher in tuple(self._watchers):
                watcher(update)

    def select(self, bal: Bal, uids: Iterable[Uid], by: Reader | None = None) -> Selection:
        """Where a unit about these messages starts from; uids that are not there are passed over."""
        rows = {uid: row for uid in uids if (row := self.rows.get(uid)) is not None}
        now = self._clock.now()
        return Selection(bal, self.mailbox.id, rows, self.modseq, now, place_of(self.mailbox), by)

    async def _known(self, bal: Bal, uids: Iterable[Uid], with_senders: bool, by: Reader | None) -> Selection:
        """As ``select``; with who sent the messages, for what blocks or unblocks him."""
        selection = self.select(bal, uids, by)
        if not with_senders or bal.kind.is_professional:
            return selection
        senders = await senders_of(bal, self.cards(list(selection.rows.values())))
        return replace(selection, senders=senders)

    async def store_flags(
        self, bal: Bal, uids: Sequence[Uid], change: FlagChange, by: Reader | None = None
    ) -> frozenset[Uid]:
        """Change flags, durably; of which messages. Raises MailboxRefused (LIMIT, NOPERM), StoreBusyError."""
        selection = await self._known(bal, uids, message_changes.marks_blocked(change), by)
        stored = await self._store.write(
            lambda tx: message_changes.store_flags(tx, selection, change),
            "store_flags",
            is_long=_is_long(selection, message_changes.closes(change)),
        )
        for queue_id in stored.read:
            _log.info("message_read", queue_id=queue_id)
        known = self.keyword_bits if change.keywords else {}
        knows_keywords = all(keyword.lower() in known for keyword in change.keywords)
        await self._learn_own(stored.effect if knows_keywords else None)
        return stored.uids

    async def copy(self, bal: Bal, uids: Sequence[Uid], name: str, by: Reader | None = None) -> Copied:
        """Copy to a mailbox of the bal.

        Raises MailboxRefused (NONEXISTENT, NOPERM, OVERQUOTA), StoreBusyError.
        """
        selection = await self._known(bal, uids, canonical(name) == BLOCKED, by)
        copied = await self._store.write(
            lambda tx: message_changes.copy_messages(tx, selection, name),
            "copy",
            is_long=_is_long(selection, name == CLOSED_CONVERSATIONS),
        )
        await self.refresh()  # the target may be this very mailbox
        return copied

    async def move(self, bal: Bal, uids: Sequence[Uid], name: str, by: Reader | None = None) -> Copied:
        """Move to another mailbox of the bal. Raises MailboxRefused (NONEXISTENT, NOPERM), StoreBusyError."""
        selection = await self._known(bal, uids, BLOCKED in {canonical(name), self.mailbox.name}, by)
        moved = await self._store.write(
            lambda tx: message_changes.move_messages(tx, selection, name),
            "move",
            is_long=_is_long(selection, name == CLOSED_CONVERSATIONS),
        )
        await self.refresh()
        return moved

    async def expunge(self, bal: Bal, uids: Sequence[Uid], by: Reader | None = None) -> None:
        r"""Remove those of these that are \Deleted. Raises MailboxRefused (NOPERM), StoreBusyError."""
        selection = self.select(bal, uids, by)
        effect = await self._store.write(
            lambda tx: message_changes.expunge_messages(tx, selection),
            "expunge",
            is_long=_is_long(selection),
        )
        await self._learn_own(effect)

    async def opens(self, bal: Bal, by: Reader, count: int) -> None:
        """A reader is about to be shown what so many messages hold. Raises as ``Mailboxes.looks``."""
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            require(tx, bal.id, by, Deed.OPEN, now)
            note(tx, bal.id, by, Deed.OPEN, now, count, detail={"mailbox": str(self.mailbox.id)})

        await self._store.write(unit, "open for another")

    async def vanished(self, after: ModSeq) -> list[Uid] | None:
        """What was expunged after a modseq; by uid. None when that is forgotten. Raises StoreBusyError."""
        return await self._store.read(lambda tx: tx.expunged.after(self.mailbox.id, after))

    async def saved(self, rows: Sequence[MessageRow]) -> dict[Uid, int]:
        """When each came into this mailbox, in seconds since 1970 UTC; those gone are left out.

        Asked of the store, SAVED_AT_ONCE at a time, and not kept in rows: few ask. Raises StoreBusyError.
        """
        found: dict[Uid, int] = {}
        for start in range(0, len(rows), SAVED_AT_ONCE):
            uids = [row.uid for row in rows[start : start + SAVED_AT_ONCE]]
            found |= await self._store.read(partial(_saved, self.mailbox.id, uids))
            await asyncio.sleep(0)  # other sessions have their turn between two slices
        return found

    def cards(self, rows: Sequence[MessageRow]) -> AsyncIterator[list[tuple[MessageRow, bytes]]]:
        """Rows with their cards in clear, a slice at a time; messages that are gone are left out."""
        return self._contents.cards(rows, self.uids)

    def dated_cards(
        self, rows: Sequence[MessageRow]
    ) -> AsyncIterator[tuple[Sequence[MessageRow], Sequence[Kept[bytes]]]]:
        """As ``cards``, each after the day whose key sealed it; rows apart."""
        return self._contents.dated_cards(rows, self.uids)

    def digests(self, digest: Digest[T], uids: Sequence[Uid]) -> list[Kept[T] | None]:
        """What was made of the headers of these and kept, None where nothing is. Half a microsecond each."""
        return self._contents.digests(digest, uids)

    def keep_digests(self, digest: Digest[T], made: Mapping[Uid, Kept[T]]) -> None:
        """For the next who asks, while the mailbox is open and their keys are there."""
        self._contents.keep_digests(digest, made)

    def bodies(
        self, rows: Sequence[MessageRow], *, with_cards: bool = True
    ) -> AsyncIterator[list[tuple[MessageRow, SealedBody, bytes]]]:
        """Rows with their sealed octets and their cards in clear, a slice at a time, as ``cards``.

        Without cards, what stands in their place is empty.
        """
        return self._contents.bodies(rows, self.uids, with_cards)

    async def whole(self, body: SealedBody) -> bytes:
        """A message in clear that is small enough to be held. Raises KeyDestroyedError."""
        return await self._contents.whole(body)

    def octets(self, body: SealedBody, start: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """A stretch of a message in clear, in pieces of at most 64 KiB. Raises KeyDestroyedError."""
        return self._contents.octets(body, start, length)


def _saved(mailbox: MailboxId, uids: Sequence[Uid], tx: Transaction) -> dict[Uid, int]:
    return tx.messages.saved(mailbox, uids)


def _spared(mailbox: MailboxId, uids: Sequence[Uid], tx: Transaction) -> frozenset[Uid]:
    return tx.expunged.spared(mailbox, uids)


def _rows_from(mailbox: MailboxId, first: Uid, tx: Transaction) -> list[MessageRow]:
    return tx.messages.rows_from(mailbox, first, ROWS_AT_ONCE)


def _is_long(selection: Selection, closes: bool = False) -> bool:
    """Whether a unit about these messages takes more than a few milliseconds; one that closes may."""
    return closes or len(selection.rows) > MANY_MESSAGES
