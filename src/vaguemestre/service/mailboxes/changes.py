"""The units of work that change messages in a mailbox: flags, copies, moves, expunges. RFC 9051 §6.4.

Each is a plain function of a transaction: it reads, decides and writes with nothing awaited between. What is
in memory spares reading a whole mailbox again: a unit gets the rows it is about as they stood at a modseq,
and asks the transaction only for what came after.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from vaguemestre.mail.access import Deed, Place, Right
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import ClosedBy
from vaguemestre.mail.mailbox import (
    BLOCKED,
    CLOSED_CONVERSATIONS,
    CONVERSATION_CLOSED,
    DELETED,
    FIRST_KEYWORD_BIT,
    MARKED_BLOCKED,
    SCHEDULED,
    SEEN,
    FlagSet,
    Mailbox,
    MailboxId,
    MessageRow,
    ModSeq,
    Uid,
    UidValidity,
    is_state,
    keyword_room,
)
from vaguemestre.policy.access import may
from vaguemestre.service.access.reading_for import actor_in, not_allowed, note, place_of, require, rights_in
from vaguemestre.service.conversations.blocking import Senders, block_by_messages, unblock_by_messages
from vaguemestre.service.conversations.closings import close_by_messages
from vaguemestre.service.conversations.keywords import state_bits
from vaguemestre.service.held.cancelling import cancel_removed
from vaguemestre.service.mailboxes.names import canonical, require_not_history
from vaguemestre.service.mailboxes.refusals import (
    MailboxRefused,
    Reason,
    history_is_read_only,
    nonexistent,
)
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.sign_in.outcome import Reader


class FlagMode(StrEnum):
    """What is done with the flags named. RFC 9051 §6.4.6."""

    REPLACE = "replace"
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class FlagChange:
    """System flags as bits, keywords by name (new ones are made known to the bal).

    ``unchanged_since``: messages changed after it are left alone (RFC 7162 §3.1.3).
    """

    mode: FlagMode
    system: FlagSet
    keywords: tuple[str, ...] = ()
    unchanged_since: ModSeq | None = None

    def applied(self, flags: FlagSet, bits: int, kept: int = 0) -> FlagSet:
        """The flags of a message afterwards; ``bits`` is what this change names, keywords included.

        ``kept`` are the flags that REPLACE leaves as they are.
        """
        if self.mode is FlagMode.ADD:
            return FlagSet(flags | bits)
        return FlagSet(flags & ~bits) if self.mode is FlagMode.REMOVE else FlagSet(bits | flags & kept)

    def allowed(self, rights: frozenset[Right], place: Place) -> "FlagChange":
        r"""What is left of it for a reader with these rights. RFC 4314 §4: the rest is passed over.

        \Deleted is for who may delete there, ``$Clos`` for who may close, ``$Bloque`` for the holder
        alone. Raises MailboxRefused (NOPERM) when nothing is left.
        """
        system, keywords = self.system, self.keywords
        if not may(rights, Deed.MARK, place):
            raise not_allowed()
        if not may(rights, Deed.DELETE, place):
            system = FlagSet(system & ~DELETED)
        kept_for_others = {MARKED_BLOCKED.lower()}
        if not may(rights, Deed.CLOSE, place):
            kept_for_others.add(CONVERSATION_CLOSED.lower())
        keywords = tuple(word for word in keywords if word.lower() not in kept_for_others)
        if (
            self.mode is not FlagMode.REPLACE
            and not system
            and not keywords
            and (self.system or self.keywords)
        ):
            raise not_allowed()
        return replace(self, system=system, keywords=keywords)

    def only_seen(self) -> "FlagChange":
        r"""What is left of it where \Seen alone may change. RFC 4314 §4: the rest is passed over.

        Raises MailboxRefused (NOPERM) when nothing is; who replaces all flags always means \Seen too.
        """
        if not self.system & SEEN and self.mode is not FlagMode.REPLACE:
            raise history_is_read_only()
        return replace(self, system=FlagSet(self.system & SEEN), keywords=())


@dataclass(frozen=True, slots=True)
class Selection:
    """Messages of one mailbox as they stood at ``modseq``: where a unit starts from.

    ``place`` is where; ``by`` who is at work there, None for the holder. ``senders`` are known when they
    have to be.
    """

    bal: Bal
    mailbox: MailboxId
    rows: Mapping[Uid, MessageRow]
    modseq: ModSeq
    now: datetime
    place: Place = Place.OTHER
    by: Reader | None = None
    senders: Senders = field(default_factory=dict)

    def require(self, tx: Transaction, deed: Deed, place: Place | None = None) -> None:
        """Raises MailboxRefused (NOPERM) for the history, and for a reader without the right."""
        if self.place is Place.HISTORY and deed is Deed.DELETE:
            raise history_is_read_only()
        require(tx, self.bal.id, self.by, deed, self.now, place or self.place)

    def note(self, tx: Transaction, deed: Deed, count: int) -> None:
        """A reader did it."""
        note(tx, self.bal.id, self.by, deed, self.now, count, detail={"mailbox": str(self.mailbox)})

    @property
    def actor(self) -> str:
        """Who is at work, as the journal has him."""
        return actor_in(self.bal, self.by)

    def current(self, tx: Transaction) -> "Selection":
        """The same messages as they stand in this transaction; those expunged since are not there."""
        modseq = tx.messages.highest_modseq(self.mailbox)
        if modseq == self.modseq:
            return self
        if modseq is None:
            return replace(self, rows={})
        rows = dict(self.rows)
        for row in tx.messages.rows(self.mailbox, self.modseq):
            if row.uid in rows:
                rows[row.uid] = row
        gone = tx.expunged.after(self.mailbox, self.modseq)
        if gone is None:
            gone = list(rows.keys() - tx.expunged.spared(self.mailbox, list(rows)))
        for uid in gone:
            rows.pop(uid, None)
        return replace(self, rows=rows, modseq=modseq)


class Effect(NamedTuple):
    """All that happened in a mailbox between two modseqs, by one unit: whoever knows the first knows both."""

    since: ModSeq
    modseq: ModSeq
    rows: Sequence[MessageRow] = ()
    vanished: Sequence[Uid] = ()
    read: Sequence[str] = ()
    """Queue ids of the messages that were seen for the first time."""


class Stored(NamedTuple):
    """The messages that have the flags now; and what was done, None when the unit did more than that."""

    uids: frozenset[Uid]
    effect: Effect | None
    read: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Copied:
    """What COPYUID and APPENDUID tell (RFC 4315 §3): UIDVALIDITY of the target, (old uid, new uid) pairs."""

    target: MailboxId
    uid_validity: UidValidity
    uids: tuple[tuple[Uid, Uid], ...]


def keyword_bits(tx: Transaction, bal: Bal, keywords: Iterable[str], learn: bool = True) -> int:
    """The bits of these keywords; unknown ones are added, or passed over when ``learn`` is false.

    What messages show of their conversation is passed over: nobody but the server writes it. Raises
    MailboxRefused (LIMIT) when the bal can know no more.
    """
    wanted = {keyword.lower(): keyword for keyword in keywords if not is_state(keyword)}
    if not wanted:
        return 0
    bits = 0
    names = tx.mailboxes.keywords(bal.id)
    for bit, name in enumerate(names, FIRST_KEYWORD_BIT):
        bits |= (wanted.pop(name.lower(), None) is not None) << bit
    if learn and wanted:
        if len(wanted) > keyword_room(names):
            raise _no_room()
        try:
            for keyword in wanted.values():
                bits |= 1 << tx.mailboxes.add_keyword(bal.id, keyword)
        except ValueError:
            raise _no_room() from None  # somebody else took it meanwhile
    return bits


def _no_room() -> MailboxRefused:
    return MailboxRefused(Reason.LIMIT, "This account cannot hold more keywords")


def closes(change: FlagChange) -> bool:
    """Whether a professional who does this closes: ``$Clos`` is added (domain.md §2).

    One who replaces all flags may well be writing back what his client remembers: that closes nothing.
    """
    marks = {keyword.lower() for keyword in change.keywords}
    return change.mode is FlagMode.ADD and CONVERSATION_CLOSED.lower() in marks


def marks_blocked(change: FlagChange) -> bool:
    """Whether a citizen who does this blocks, or takes it back: ``$Bloque`` is added or removed."""
    marks = {keyword.lower() for keyword in change.keywords}
    return change.mode is not FlagMode.REPLACE and MARKED_BLOCKED.lower() in marks


def store_flags(tx: Transaction, selection: Selection, change: FlagChange) -> Stored:
    """Set the flags; a professional who sets ``$Clos`` closes his side of the conversation (domain.md §2).

    Messages that are gone, or changed after ``unchanged_since``, are left alone.
    """
    if selection.place is Place.HISTORY:
        change = change.only_seen()
    kept = state_bits(tx, selection.bal.id) if change.mode is FlagMode.REPLACE else FlagSet(0)
    if selection.by is not None:
        rights = rights_in(tx, selection.bal.id, selection.by, selection.now)
        change = change.allowed(rights, selection.place)
        if not may(rights, Deed.DELETE, selection.place):
            kept = FlagSet(kept | DELETED)
    bits = change.system | keyword_bits(
        tx, selection.bal, change.keywords, change.mode is not FlagMode.REMOVE
    )
    selection = selection.current(tx)
    rows = selection.rows
    if change.unchanged_since is not None:
        rows = {uid: row for uid, row in rows.items() if row.modseq <= change.unchanged_since}
    effect = _set_flags(tx, selection, change, rows.values(), bits, kept)
    selection.note(tx, Deed.MARK, len(effect.rows))
    if marks_blocked(change):
        act = block_by_messages if change.mode is FlagMode.ADD else unblock_by_messages
        act(tx, selection.bal, rows, selection.senders, selection.now)
        return Stored(frozenset(rows), None, effect.read)
    if closes(change):
        _close(tx, replace(selection, rows=rows), ClosedBy.KEYWORD)
        return Stored(frozenset(rows), None, effect.read)
    return Stored(frozenset(rows), effect, effect.read)


def _set_flags(
    tx: Transaction,
    selection: Selection,
    change: FlagChange,
    rows: Iterable[MessageRow],
    bits: int,
    kept: FlagSet,
) -> Effect:
    applied = ((row, change.applied(row.flags, bits, kept)) for row in rows)
    changed = [(row, flags) for row, flags in applied if flags != row.flags]
    if not changed:
        return Effect(selection.modseq, selection.modseq)
    modseq = tx.messages.set_flags(selection.mailbox, [(row.uid, flags) for row, flags in changed])
    seen = (row for row, flags in changed if flags & ~row.flags & SEEN)
    read = [queue_id for row in seen if (queue_id := tx.submissions.read(row.body, selection.now))]
    changed_rows = [row._replace(flags=flags, modseq=modseq) for row, flags in changed]
    return Effect(selection.modseq, modseq, changed_rows, read=read)


def target_mailbox(tx: Transaction, bal: Bal, name: str) -> Mailbox:
    """The mailbox that COPY, MOVE or APPEND names; raises MailboxRefused (NONEXISTENT, NOPERM, CANNOT)."""
    found = tx.mailboxes.by_name(bal.id, canonical(name))
    if found is None:
        raise nonexistent()
    require_not_history(found.name)
    if found.name == SCHEDULED:
        # Whoever put a letter there would think that it leaves by itself.
        raise MailboxRefused(Reason.CANNOT, "Messages come here by being sent for later, and in no other way")
    return found


def require_room(tx: Transaction, bal: Bal, octets: int) -> None:
    """Raises MailboxRefused (OVERQUOTA) when so many octets more do not fit; fewer always do.

    CANNOT when the account has left meanwhile: what it holds is being archived (``accounts.archiving``).
    """
    account = tx.bals.by_id(bal.id)
    if account is not None and not account.state.receives:
        raise MailboxRefused(Reason.CANNOT, "This account is closed")
    if octets > 0 and account is not None and account.quota and account.used + octets > account.quota:
        raise MailboxRefused(Reason.OVER_QUOTA, "There is not enough room left in this account")


def copy_messages(tx: Transaction, selection: Selection, name: str) -> Copied:
    """Copy; into «Conversations closes» it closes conversations as a move does (domain.md §2)."""
    target = target_mailbox(tx, selection.bal, name)
    selection.require(tx, Deed.LOOK)
    selection.require(tx, Deed.FILE, place_of(target))
    selection = selection.current(tx)
    require_room(tx, selection.bal, sum(row.size for row in selection.rows.values()))
    return _copy(tx, selection, target)


def move_messages(tx: Transaction, selection: Selection, name: str) -> Copied:
    """Copy and expunge as one. RFC 6851 §3.3. Needs no room: what arrives there leaves here."""
    closing = selection.place is not Place.HISTORY and name == CLOSED_CONVERSATIONS
    selection.require(
        tx, Deed.CLOSE if closing else Deed.DELETE
    )  # who may close moves there, and nowhere else
    target = target_mailbox(tx, selection.bal, name)
    selection.require(tx, Deed.FILE, place_of(target))
    selection = selection.current(tx)
    copied = _copy(tx, selection, target)
    _cancel(tx, selection, sorted(selection.rows))
    whence = tx.mailboxes.by_id(selection.mailbox)
    if whence is not None and whence.name == BLOCKED and target.name != BLOCKED:
        unblock_by_messages(tx, selection.bal, selection.rows, selection.senders, selection.now)
    tx.messages.remove(selection.mailbox, sorted(selection.rows), selection.now)
    return copied


def expunge_messages(tx: Transaction, selection: Selection) -> Effect:
    r"""Remove those that are \Deleted now."""
    selection.require(tx, Deed.DELETE)
    selection = selection.current(tx)
    doomed = sorted(uid for uid, row in selection.rows.items() if row.flags & DELETED)
    if not doomed:
        return Effect(selection.modseq, selection.modseq)
    _cancel(tx, selection, doomed)
    removed = tx.messages.remove(selection.mailbox, doomed, selection.now)
    selection.note(tx, Deed.DELETE, len(removed))
    modseq = tx.messages.highest_modseq(selection.mailbox) or selection.modseq
    return Effect(selection.modseq, modseq, vanished=removed)


def _cancel(tx: Transaction, selection: Selection, uids: Sequence[Uid]) -> None:
    """Of what leaves the mailbox, the messages that wait there for their hour."""
    cancel_removed(tx, selection.mailbox, uids, selection.actor, selection.now)


def _copy(
    tx: Transaction,
    selection: Selection,
    target: Mailbox,
) -> Copied:
    rows = selection.rows
    uids: Sequence[tuple[Uid, Uid]] = (
        tx.messages.copy(selection.mailbox, sorted(rows), target.id, selection.now) if rows else ()
    )
    selection.note(tx, Deed.FILE, len(uids))
    if target.name == CLOSED_CONVERSATIONS and uids:
        _close(tx, selection, ClosedBy.FOLDER)
    if target.name == BLOCKED and uids:
        block_by_messages(tx, selection.bal, rows, selection.senders, selection.now)
    return Copied(target.id, target.uid_validity, tuple(uids))


def _close(tx: Transaction, selection: Selection, by: ClosedBy) -> None:
    closed = close_by_messages(
        tx, selection.bal, list(selection.rows.values()), by, selection.now, selection.actor
    )
    note(tx, selection.bal.id, selection.by, Deed.CLOSE, selection.now, len(closed))
