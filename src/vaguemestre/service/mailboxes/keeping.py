"""What a holder does with the mailboxes of a bal: list, make, rename, delete, append, and open one.

An open mailbox is shared by all the sessions that selected it and let go when the last one leaves. Which
names are allowed is ``names``, beside; what is done with messages is ``open_mailbox``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from vaguemestre.mail.access import Deed
from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.mail.mailbox import (
    INBOX,
    Mailbox,
    MailboxCounts,
    MailboxId,
    SpecialUse,
    Uid,
)
from vaguemestre.service.access.reading_for import note, place_of, require
from vaguemestre.service.mailboxes.appending import (
    MANY_APPENDED,
    Appended,
    Appending,
    SealedMessage,
    file_sealed,
    replace_by_sealed,
    seal_message,
)
from vaguemestre.service.mailboxes.changes import Copied, require_room, target_mailbox
from vaguemestre.service.mailboxes.names import (
    MAX_MAILBOXES,
    MUST_STAY,
    acceptable,
    canonical,
    is_inferior,
    require_not_history,
    superiors,
)
from vaguemestre.service.mailboxes.open_mailbox import OpenMailbox, Watcher
from vaguemestre.service.mailboxes.opened_cards import ROOM, CardRoom, Shelves
from vaguemestre.service.mailboxes.quoting import Quoting
from vaguemestre.service.mailboxes.refusals import MailboxRefused, Reason, nonexistent
from vaguemestre.service.mailboxes.watched_bal import WatchedBal
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.store import CommitUnknownError, Store, StoreBusyError, Transaction
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.sign_in.outcome import Reader


@dataclass(frozen=True, slots=True)
class Quota:
    """Octets used and allowed; ``limit`` 0 means that there is none. RFC 9208 §5.1."""

    used: int
    limit: int


class Mailboxes:
    """Every operation is one unit of work; names are taken in any spelling ``canonical`` knows.

    ``max_message`` is the largest message that may be appended, in octets; ``card_room`` how many octets of
    opened cards may be kept in memory.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        clock: Clock,
        max_message: int = 35_000_000,
        card_room: int = ROOM,
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self.max_message = max_message
        self.quoting = Quoting(store, vault)
        self._open: dict[MailboxId, OpenMailbox] = {}
        self._cards = CardRoom(card_room)
        self._watched: dict[BalId, WatchedBal] = {}

    @property
    def open_count(self) -> int:
        """How many mailboxes somebody has open now."""
        return len(self._open)

    @property
    def opened_octets(self) -> int:
        """What the opened cards take now."""
        return self._cards.used

    @property
    def watched_count(self) -> int:
        """How many bals somebody watches as a whole."""
        return len(self._watched)

    async def of(self, bal: BalId) -> list[Mailbox]:
        """All of them, by name, INBOX first."""
        return await self._store.read(lambda tx: tx.mailboxes.of(bal))

    async def status(self, bal: BalId, names: Sequence[str]) -> list[tuple[Mailbox, MailboxCounts] | None]:
        """What STATUS tells of each name, None for those that are not there."""

        def unit(tx: Transaction) -> list[tuple[Mailbox, MailboxCounts] | None]:
            found = (tx.mailboxes.by_name(bal, canonical(name)) for name in names)
            return [(m, tx.mailboxes.counts(m.id)) if m is not None else None for m in found]

        return await self._store.read(unit)

    async def quota(self, bal: BalId) -> Quota:
        """How full the account is."""
        account = await self._store.read(lambda tx: tx.bals.by_id(bal))
        return Quota(account.used, account.quota) if account is not None else Quota(0, 0)

    async def exists(self, bal: BalId, name: str) -> bool:
        """Whether there is a mailbox of that name."""
        wanted = canonical(name)
        return await self._store.read(lambda tx: tx.mailboxes.by_name(bal, wanted)) is not None

    async def create(
        self, bal: BalId, name: str, use: SpecialUse | None = None, by: Reader | None = None
    ) -> Mailbox:
        """Make a mailbox and the levels above it that lack (RFC 9051 §6.3.4).

        Raises MailboxRefused: ALREADYEXISTS, CANNOT, LIMIT, NOPERM, USEATTR.
        """
        wanted = acceptable(name)
        now = self._clock.now()

        def unit(tx: Transaction) -> Mailbox:
            _shapes(tx, bal, by, now, "created")
            return _create(tx, bal, wanted, use, now)

        return await self._store.write(unit, "create_mailbox", is_long=True)

    async def delete(self, bal: BalId, name: str, by: Reader | None = None) -> None:
        """Delete a mailbox with its messages.

        Raises MailboxRefused: NONEXISTENT, CANNOT, HASCHILDREN, NOPERM.
        RFC 9051 §6.3.5 lets a server refuse while there are inferiors: so no name is ever a mere shell.
        """
        wanted = canonical(name)
        now = self._clock.now()

        def unit(tx: Transaction) -> MailboxId:
            _shapes(tx, bal, by, now, "deleted")
            return _delete(tx, bal, wanted, now)

        mailbox = await self._store.write(unit, "delete_mailbox", is_long=True)
        opened = self._open.get(mailbox)
        if opened is not None:
            await opened.refresh()

    async def rename(self, bal: BalId, name: str, new_name: str, by: Reader | None = None) -> None:
        """Rename with all inferiors; INBOX stays, empty, and its messages move (RFC 9051 §6.3.6).

        Raises MailboxRefused: NONEXISTENT, ALREADYEXISTS, CANNOT, LIMIT, NOPERM.
        """
        old, new = canonical(name), acceptable(new_name)
        now = self._clock.now()

        def unit(tx: Transaction) -> MailboxId | None:
            _shapes(tx, bal, by, now, "renamed")
            if old == INBOX:
                return _empty_inbox(tx, bal, new, now)
            _rename(tx, bal, old, new, now)
            return None

        inbox = await self._store.write(unit, "rename_mailbox", is_long=True)
        if inbox is not None and (opened := self._open.get(inbox)) is not None:
            await opened.refresh()

    async def subscribe(self, bal: BalId, name: str, wanted: bool, by: Reader | None = None) -> None:
        """Subscribe or unsubscribe. Raises MailboxRefused (NONEXISTENT, NOPERM)."""
        old = canonical(name)
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            _shapes(tx, bal, by, now, "subscribed" if wanted else "unsubscribed")
            mailbox = tx.mailboxes.by_name(bal, old)
            if mailbox is None:
                raise nonexistent()
            if mailbox.subscribed != wanted:
                tx.mailboxes.set_subscribed(mailbox.id, wanted)

        await self._store.write(unit, "subscribe")

    async def looks(self, bal: BalId, name: str, by: Reader) -> None:
        """A reader is about to open a mailbox: that is written down before he sees anything.

        Raises MailboxRefused (NONEXISTENT, NOPERM), StoreBusyError.
        """
        wanted = canonical(name)
        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            require(tx, bal, by, Deed.LOOK, now)
            mailbox = tx.mailboxes.by_name(bal, wanted)
            if mailbox is None:
                raise nonexistent()
            note(tx, bal, by, Deed.LOOK, now, detail={"mailbox": str(mailbox.id)})

        await self._store.write(unit, "look for another")

    async def open(self, bal: BalId, name: str, watcher: Watcher) -> tuple[OpenMailbox, Callable[[], None]]:
        """The mailbox, up to date, and the way to leave it; ``watcher`` is told of changes from now on.

        Raises MailboxRefused (NONEXISTENT), StoreBusyError.
        """
        wanted = canonical(name)
        mailbox = await self._store.read(lambda tx: tx.mailboxes.by_name(bal, wanted))
        if mailbox is None:
            raise nonexistent()
        opened = self._open.get(mailbox.id)
        if opened is None:
            opened = self._open[mailbox.id] = OpenMailbox(
                mailbox, self._store, self._vault, self._clock, Shelves(self._cards)
            )
        # A seat is taken before anything is awaited, so that nobody lets go of the mailbox meanwhile.
        keep = opened.watch(_nobody)
        try:
            await opened.refresh()
            stop = opened.watch(watcher)
        finally:
            keep()
            self._let_go(opened)

        def leave() -> None:
            stop()
            self._let_go(opened)

        return opened, leave

    async def watch(self, bal: BalId, watcher: Callable[[], None]) -> tuple[WatchedBal, Callable[[], None]]:
        """All the mailboxes of a bal, up to date, and the way to leave them; ``watcher`` is told of changes.

        Raises StoreBusyError.
        """
        watched = self._watched.get(bal)
        if watched is None:
            watched = self._watched[bal] = WatchedBal(bal, self._store)
        stop = watched.watch(watcher)

        def leave() -> None:
            stop()
            if not watched.is_watched and self._watched.get(bal) is watched:
                del self._watched[bal]
                watched.close()

        try:
            await watched.refresh()
        except BaseException:
            leave()
            raise
        return watched, leave

    def _let_go(self, opened: OpenMailbox) -> None:
        if not opened.is_watched and self._open.get(opened.mailbox.id) is opened:
            del self._open[opened.mailbox.id]
            opened.close()

    def begin_append(self) -> Appending:
        """For a message that is about to come."""
        return Appending(self._vault.spool())

    async def check_append(
        self, bal: Bal, name: str, sizes: Sequence[int], leaving: int = 0, by: Reader | None = None
    ) -> None:
        """Before messages of these sizes come: refuse what cannot be filed.

        ``leaving`` octets will be gone by then. Raises StoreBusyError, and MailboxRefused: NONEXISTENT,
        NOPERM, OVERQUOTA, TOOBIG (RFC 7889 §4).
        """
        if max(sizes) > self.max_message:
            raise MailboxRefused(Reason.TOO_BIG, "The message is larger than this server takes")

        now = self._clock.now()

        def unit(tx: Transaction) -> None:
            target = target_mailbox(tx, bal, name)
            require(tx, bal.id, by, Deed.FILE, now, place_of(target))
            require_room(tx, bal, sum(sizes) - leaving)

        await self._store.read(unit)

    async def append(
        self, bal: Bal, name: str, messages: Sequence[Appended], by: Reader | None = None
    ) -> Copied:
        """File appended messages, sealed and durable, all or none; the old uid of each pair is 0.

        Raises MailboxRefused (NONEXISTENT, NOPERM, OVERQUOTA, LIMIT, and those of ``Appending.card``),
        StoreBusyError, OSError.
        """
        now = self._clock.now()
        return await self._file(
            bal, messages, lambda tx, sealed: file_sealed(tx, bal, name, sealed, by, now), "append"
        )

    async def replace(
        self,
        bal: Bal,
        opened: OpenMailbox,
        uid: Uid,
        name: str,
        message: Appended,
        by: Reader | None = None,
    ) -> Copied:
        """File a message and expunge another, in one transaction. RFC 8508 §3.4.

        Raises as ``append``, and MailboxRefused (EXPUNGEISSUED) when the other is gone.
        """
        selection = opened.select(bal, [uid], by)
        filed = await self._file(
            bal, [message], lambda tx, sealed: replace_by_sealed(tx, selection, name, sealed), "replace"
        )
        await opened.refresh()
        return filed

    async def _file(
        self,
        bal: Bal,
        messages: Sequence[Appended],
        unit: Callable[[Transaction, Sequence[SealedMessage]], Copied],
        reason: str,
    ) -> Copied:
        """Seal, then file by that unit; what is certain to be of no use is thrown away again."""
        now = self._clock.now()
        sealed: list[SealedMessage] = []
        try:
            for one in messages:
                sealed.append(await seal_message(self._vault, bal, one, now))  # noqa: PERF401 (what was sealed must be known)
        except (MailboxRefused, StoreBusyError, OSError):
            await self._vault.discard([one.body for one in sealed])
            raise
        try:
            filed = await self._store.write(
                lambda tx: unit(tx, sealed), reason, is_long=len(sealed) > MANY_APPENDED
            )
        except CommitUnknownError:
            raise
        except (MailboxRefused, StoreBusyError):
            # Not when cancelled: the unit is run all the same, and its rows would name objects that are gone.
            await self._vault.discard([one.body for one in sealed])
            raise
        if (opened := self._open.get(filed.target)) is not None:
            await opened.refresh()
        return filed


def _nobody(_: object) -> None:
    """Holds a seat in a mailbox that is being opened."""


def _shapes(tx: Transaction, bal: BalId, by: Reader | None, now: datetime, what: str) -> None:
    """A reader is about to make, rename, delete or (un)subscribe one. Raises MailboxRefused (NOPERM)."""
    require(tx, bal, by, Deed.SHAPE, now)
    note(tx, bal, by, Deed.SHAPE, now, detail={"what": what})


def _create(tx: Transaction, bal: BalId, name: str, use: SpecialUse | None, now: datetime) -> Mailbox:
    require_not_history(name)
    mailboxes = tx.mailboxes.of(bal)
    known = {mailbox.name for mailbox in mailboxes}
    if use is not None and any(mailbox.special_use is use for mailbox in mailboxes):
        raise MailboxRefused(Reason.USE_TAKEN, "Another mailbox has this special use")
    if name in known:
        raise MailboxRefused(Reason.ALREADY_EXISTS, "There is a mailbox of that name already")
    lacking = [level for level in superiors(name) if level not in known]
    if len(known) + len(lacking) >= MAX_MAILBOXES:
        raise MailboxRefused(Reason.LIMIT, "This account has too many mailboxes")
    for level in lacking:
        tx.mailboxes.create(bal, level, None, now)
    return tx.mailboxes.create(bal, name, use, now)


def _delete(tx: Transaction, bal: BalId, name: str, now: datetime) -> MailboxId:
    mailbox = tx.mailboxes.by_name(bal, name)
    if mailbox is None:
        raise nonexistent()
    require_not_history(name)
    if name in MUST_STAY:
        raise MailboxRefused(Reason.CANNOT, "This mailbox is needed and cannot be deleted")
    if any(is_inferior(other.name, name) for other in tx.mailboxes.of(bal)):
        raise MailboxRefused(Reason.HAS_CHILDREN, "There are mailboxes below this one")
    tx.mailboxes.delete(mailbox.id, now)
    return mailbox.id


def _rename(tx: Transaction, bal: BalId, old: str, new: str, now: datetime) -> None:
    mailboxes = tx.mailboxes.of(bal)
    known = {mailbox.name for mailbox in mailboxes}
    if old not in known:
        raise nonexistent()
    require_not_history(old)
    require_not_history(new)
    if old in MUST_STAY or is_inferior(new, old):
        raise MailboxRefused(Reason.CANNOT, "This mailbox cannot be renamed so")
    moving = [m for m in mailboxes if m.name == old or is_inferior(m.name, old)]
    renamed = {m.id: acceptable(new + m.name.removeprefix(old)) for m in moving}
    if known & set(renamed.values()):
        raise MailboxRefused(Reason.ALREADY_EXISTS, "There is a mailbox of that name already")
    for level in superiors(new):
        if level not in known:
            tx.mailboxes.create(bal, level, None, now)
    for mailbox, name in renamed.items():
        tx.mailboxes.rename(mailbox, name, now)


def _empty_inbox(tx: Transaction, bal: BalId, new: str, now: datetime) -> MailboxId:
    created = _create(tx, bal, new, None, now)
    inbox = tx.mailboxes.by_name(bal, INBOX)
    if inbox is None:
        raise nonexistent()
    uids: list[Uid] = [row.uid for row in tx.messages.rows(inbox.id)]
    if uids:
        tx.messages.copy(inbox.id, uids, created.id, now)
        tx.messages.remove(inbox.id, uids, now)
    return inbox.id
