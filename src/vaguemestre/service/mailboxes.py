"""What a holder does with the mailboxes of a bal: list, make, rename, delete, append, and open one.

An open mailbox is shared by all the sessions that selected it and let go when the last one leaves. Which
names are allowed is ``service/mailbox_names.py``; what is done with messages is ``service/open_mailbox.py``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.mail.mailbox import (
    INBOX,
    FlagSet,
    Mailbox,
    MailboxCounts,
    MailboxId,
    SpecialUse,
    Uid,
)
from vaguemestre.mime.reader import MessageReader
from vaguemestre.service.closings import Closings
from vaguemestre.service.mailbox_names import (
    MAX_MAILBOXES,
    MUST_STAY,
    acceptable,
    canonical,
    is_inferior,
    superiors,
)
from vaguemestre.service.mailbox_refusals import MailboxRefused, Reason, nonexistent
from vaguemestre.service.message_changes import Copied, keyword_bits, require_room, target_mailbox
from vaguemestre.service.open_mailbox import OpenMailbox, Watcher
from vaguemestre.service.ports import Clock, SealedBody, Spool, Vault
from vaguemestre.service.store_port import CommitUnknownError, NewMessage, Store, StoreBusyError, Transaction

MANY_APPENDED: Final = 10  # a row and its sealed body take some 100 µs


@dataclass(frozen=True, slots=True)
class Quota:
    """Octets used and allowed; ``limit`` 0 means that there is none. RFC 9208 §5.1."""

    used: int
    limit: int


class Appending:
    """One message on its way into a mailbox by APPEND: octets are read and spooled as they arrive."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self._reader = MessageReader()
        self._problem: OSError | None = None

    def feed(self, octets: bytes) -> None:
        """Take the next octets. Never raises: the client cannot listen before it has sent them all."""
        if self._problem is not None:
            return
        try:
            self.spool.feed(octets)
        except OSError as error:
            self._problem = error
            self.spool.discard()
            return
        self._reader.feed(octets)

    def card(self, is_binary: bool = False) -> bytes:
        """The card of the whole message, once it is all there. Raises MailboxRefused, OSError.

        CANNOT for NUL octets. ``is_binary`` says that they may travel so; but no mailbox keeps them, because
        a client that fetches the message with BODY could not be sent them: UNKNOWN-CTE (RFC 3516 §4.4).
        """
        if self._problem is not None:
            raise self._problem
        read = self._reader.finish()
        if read.facts.has_nul:  # RFC 9051 §4.3: a literal that is not literal8 holds none
            reason = Reason.UNKNOWN_CTE if is_binary else Reason.CANNOT
            raise MailboxRefused(reason, "The message holds NUL octets")
        return read.card

    def discard(self) -> None:
        """Forget the octets. May be called twice."""
        self.spool.discard()


@dataclass(frozen=True, slots=True)
class Appended:
    """One message that is whole, and how it is to be filed; ``is_binary`` as ``Appending.card`` says."""

    message: Appending
    flags: FlagSet
    keywords: tuple[str, ...]
    date: datetime | None
    is_binary: bool = False


@dataclass(frozen=True, slots=True)
class _Sealed:
    """One message that can be filed."""

    body: SealedBody
    new: NewMessage
    keywords: tuple[str, ...]


class Mailboxes:
    """Every operation is one unit of work; names are taken in any spelling ``canonical`` knows.

    ``max_message`` is the largest message that may be appended, in octets.
    """

    def __init__(
        self, store: Store, vault: Vault, clock: Clock, closings: Closings, max_message: int = 35_000_000
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._closings = closings
        self.max_message = max_message
        self._open: dict[MailboxId, OpenMailbox] = {}

    @property
    def open_count(self) -> int:
        """How many mailboxes somebody has open now."""
        return len(self._open)

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

    async def create(self, bal: BalId, name: str, use: SpecialUse | None = None) -> Mailbox:
        """Make a mailbox and the levels above it that lack (RFC 9051 §6.3.4).

        Raises MailboxRefused: ALREADYEXISTS, CANNOT, LIMIT, USEATTR.
        """
        wanted = acceptable(name)
        now = self._clock.now()
        return await self._store.write(
            lambda tx: _create(tx, bal, wanted, use, now), "create_mailbox", is_long=True
        )

    async def delete(self, bal: BalId, name: str) -> None:
        """Delete a mailbox with its messages. Raises MailboxRefused: NONEXISTENT, CANNOT, HASCHILDREN.

        RFC 9051 §6.3.5 lets a server refuse while there are inferiors: so no name is ever a mere shell.
        """
        wanted = canonical(name)
        now = self._clock.now()
        mailbox = await self._store.write(
            lambda tx: _delete(tx, bal, wanted, now), "delete_mailbox", is_long=True
        )
        opened = self._open.get(mailbox)
        if opened is not None:
            await opened.refresh()

    async def rename(self, bal: BalId, name: str, new_name: str) -> None:
        """Rename with all inferiors; INBOX stays, empty, and its messages move (RFC 9051 §6.3.6).

        Raises MailboxRefused: NONEXISTENT, ALREADYEXISTS, CANNOT, LIMIT.
        """
        old, new = canonical(name), acceptable(new_name)
        now = self._clock.now()
        if old == INBOX:
            inbox = await self._store.write(
                lambda tx: _empty_inbox(tx, bal, new, now), "rename_mailbox", is_long=True
            )
            if (opened := self._open.get(inbox)) is not None:
                await opened.refresh()
            return
        await self._store.write(lambda tx: _rename(tx, bal, old, new, now), "rename_mailbox", is_long=True)

    async def subscribe(self, bal: BalId, name: str, wanted: bool) -> None:
        """Subscribe or unsubscribe. Raises MailboxRefused (NONEXISTENT)."""
        old = canonical(name)

        def unit(tx: Transaction) -> None:
            mailbox = tx.mailboxes.by_name(bal, old)
            if mailbox is None:
                raise nonexistent()
            if mailbox.subscribed != wanted:
                tx.mailboxes.set_subscribed(mailbox.id, wanted)

        await self._store.write(unit, "subscribe")

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
                mailbox, self._store, self._vault, self._clock, self._closings
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

    def _let_go(self, opened: OpenMailbox) -> None:
        if not opened.is_watched and self._open.get(opened.mailbox.id) is opened:
            del self._open[opened.mailbox.id]
            opened.close()

    async def begin_append(self, bal: Bal, name: str, sizes: Sequence[int]) -> Appending:
        """Before the first octet of the last message of these sizes: refuse what cannot be filed.

        Raises MailboxRefused: NONEXISTENT, OVERQUOTA, TOOBIG (RFC 7889 §4); StoreBusyError.
        """
        if sizes[-1] > self.max_message:
            raise MailboxRefused(Reason.TOO_BIG, "The message is larger than this server takes")

        def unit(tx: Transaction) -> None:
            target_mailbox(tx, bal, name)
            require_room(tx, bal, sum(sizes))

        await self._store.read(unit)
        return Appending(self._vault.spool())

    async def append(self, bal: Bal, name: str, messages: Sequence[Appended]) -> Copied:
        """File appended messages, sealed and durable, all or none; the old uid of each pair is 0.

        Raises MailboxRefused (NONEXISTENT, OVERQUOTA, LIMIT, and those of ``Appending.card``),
        StoreBusyError, OSError.
        """
        now = self._clock.now()
        sealed: list[_Sealed] = []
        try:
            for one in messages:
                sealed.append(await self._seal(bal, one, now))  # noqa: PERF401 (what was sealed must be known)
        except (MailboxRefused, StoreBusyError, OSError):
            await self._vault.discard([one.body for one in sealed])
            raise
        try:
            filed = await self._store.write(
                lambda tx: _append(tx, bal, name, sealed), "append", is_long=len(sealed) > MANY_APPENDED
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

    async def _seal(self, bal: Bal, one: Appended, now: datetime) -> _Sealed:
        body = await self._vault.seal(bal.id, one.message.spool, one.message.card(one.is_binary), now)
        date = int((one.date or now).timestamp())
        return _Sealed(body, NewMessage(body.id, one.flags, body.size, date, None, now), one.keywords)


def _nobody(_: object) -> None:
    """Holds a seat in a mailbox that is being opened."""


def _create(tx: Transaction, bal: BalId, name: str, use: SpecialUse | None, now: datetime) -> Mailbox:
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
        tx.mailboxes.rename(mailbox, name)


def _empty_inbox(tx: Transaction, bal: BalId, new: str, now: datetime) -> MailboxId:
    created = _create(tx, bal, new, None, now)
    inbox = tx.mailboxes.by_name(bal, INBOX)
    if inbox is None:
        raise nonexistent()
    uids: list[Uid] = [row.uid for row in tx.messages.rows(inbox.id)]
    if uids:
        tx.messages.copy(inbox.id, uids, created.id)
        tx.messages.remove(inbox.id, uids, now)
    return inbox.id


def _append(tx: Transaction, bal: Bal, name: str, sealed: Sequence[_Sealed]) -> Copied:
    target = target_mailbox(tx, bal, name)
    require_room(tx, bal, sum(one.new.size for one in sealed))
    messages = []
    for one in sealed:
        tx.messages.add_body(one.body, one.new.filed_at)
        flags = FlagSet(one.new.flags | keyword_bits(tx, bal, one.keywords))
        messages.append(replace(one.new, flags=flags))
    rows = tx.messages.file(target.id, messages)
    return Copied(target.id, target.uid_validity, tuple((Uid(0), row.uid) for row in rows))
