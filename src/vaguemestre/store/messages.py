"""Messages in the database: narrow rows, given UIDs and modseqs by their mailbox's row. RFC 7162 §3.1."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Final, NamedTuple

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.mailbox import (
    NO_DRAWER,
    Drawer,
    FlagSet,
    MailboxId,
    MessageRow,
    ModSeq,
    Uid,
)
from vaguemestre.service.ports.message import NewMessage
from vaguemestre.store import statements
from vaguemestre.store.bodies import BodyTable
from vaguemestre.store.dialects.connection import Connection, Parameters, Row
from vaguemestre.store.times import MICROS, maybe_to_micros, to_micros
from vaguemestre.store.unit import UnitState

_row_of = partial(tuple.__new__, MessageRow)  # a third of the cost of MessageRow._make, on 10,000 rows
_FROM_THE_START: Final = ModSeq(0)


class _Place(NamedTuple):
    """Where messages are filed: what their rows have in common."""

    mailbox: MailboxId
    modseq: ModSeq
    drawer: Drawer
    kind: str


def _parameters(place: _Place, uid: Uid, new: NewMessage) -> Parameters:
    filed_at = to_micros(new.filed_at)
    return {
        "mailbox": place.mailbox,
        "uid": uid,
        "flags": new.flags,
        "modseq": place.modseq,
        "size": new.size,
        "internal_date": new.internal_date,
        "conversation": new.conversation,
        "body": new.body,
        "kind": place.kind,
        "filed_at": filed_at,
        "expires_at": maybe_to_micros(new.expires_at),
        "saved_at": None,
        "drawer": place.drawer,
        "put_at": None if place.drawer == NO_DRAWER else filed_at,
    }


class MessageTable(BodyTable):
    """``service.ports.message.Messages``; what concerns bodies is in ``store.bodies``."""

    def __init__(self, connection: Connection, state: UnitState):
        super().__init__(connection, state)

    def file(self, mailbox: MailboxId, messages: Sequence[NewMessage]) -> list[MessageRow]:
        """Give them the next UIDs under one new modseq. Raises LookupError when the mailbox is gone."""
        if not messages:
            return []
        kind = self._add_used(mailbox, sum(new.size for new in messages))
        first, modseq, drawer = self._advance(mailbox, len(messages))
        place = _Place(mailbox, modseq, drawer, kind)
        rows = [self._new_row(place, uid, new) for uid, new in enumerate(messages, first)]
        self._add([_parameters(place, row.uid, new) for row, new in zip(rows, messages, strict=True)])
        return rows

    def arrive(self, bal: BalId, message: NewMessage) -> Uid:
        """In INBOX, with two statements less than by its number. Raises LookupError when the bal has none."""
        used = self._connection.one(statements.ADD_USED_OF, {"bal": bal, "size": message.size})
        row = self._connection.one(statements.ADVANCE_INBOX, {"bal": bal})
        if used is None or row is None:
            raise LookupError(f"bal {bal} has no INBOX")
        mailbox, uid_next, modseq, drawer = row
        self._state.changed(bal, mailbox, modseq)
        self._use(message.body)
        uid = Uid(uid_next - 1)
        place = _Place(mailbox, ModSeq(modseq), Drawer(drawer), used[0])
        self._connection.run(statements.ADD_MESSAGE, _parameters(place, uid, message))
        return uid

    def rows(self, mailbox: MailboxId, after: ModSeq = _FROM_THE_START) -> list[MessageRow]:
        """All, or those whose modseq is greater than ``after``; by uid."""
        self._state.lock_bal_of(mailbox)
        if after:
            rows = self._connection.all(statements.ROWS_AFTER, {"mailbox": mailbox, "after": after})
        else:
            rows = self._connection.all(statements.ROWS, {"mailbox": mailbox})
        return list(map(_row_of, rows))

    def rows_from(self, mailbox: MailboxId, first: Uid, limit: int) -> list[MessageRow]:
        """Those from a uid on, ``limit`` of them at most; by uid."""
        self._state.lock_bal_of(mailbox)
        asked = {"mailbox": mailbox, "first": first, "limit": limit}
        return list(map(_row_of, self._connection.all(statements.ROWS_FROM, asked)))

    def rows_before(self, mailbox: MailboxId, before: Uid, limit: int) -> list[MessageRow]:
        """Those below a uid, the latest first."""
        self._state.lock_bal_of(mailbox)
        asked = {"mailbox": mailbox, "before": before, "limit": limit}
        return list(map(_row_of, self._connection.all(statements.ROWS_BEFORE, asked)))

    def row(self, mailbox: MailboxId, uid: Uid) -> MessageRow | None:
        """One message, None when it is not there."""
        self._state.lock_bal_of(mailbox)
        found = self._connection.one(statements.ROW, {"mailbox": mailbox, "uid": uid})
        return _row_of(found) if found is not None else None

    def highest_modseq(self, mailbox: MailboxId) -> ModSeq | None:
        """Where the mailbox stands; None when it was deleted."""
        self._state.lock_bal_of(mailbox)
        row = self._connection.one(statements.HIGHEST_MODSEQ, {"mailbox": mailbox})
        return None if row is None else ModSeq(row[0])

    def set_flags(self, mailbox: MailboxId, flags: Sequence[tuple[Uid, FlagSet]]) -> ModSeq:
        """New flags for each under one new modseq; without any, the modseq stays where it is.

        Raises LookupError when the mailbox is gone.
        """
        if not flags:
            modseq = self.highest_modseq(mailbox)
            if modseq is None:
                raise LookupError("there is no such mailbox")
            return modseq
        self._state.lock_bal_of(mailbox)
        modseq = self._advance(mailbox, 0)[1]
        self._connection.many(
            statements.SET_FLAGS,
            [{"mailbox": mailbox, "uid": uid, "flags": bits, "modseq": modseq} for uid, bits in flags],
        )
        return modseq

    def show(self, bal: BalId, conversation: ConversationId, mask: FlagSet, shown: FlagSet) -> None:
        """The flags of ``mask`` become ``shown``, where they are not: one statement a mailbox."""
        self._state.lock_bal(bal)
        wanted = {"conversation": conversation, "mask": mask, "shown": shown}
        for (mailbox,) in self._connection.all(statements.NOT_SHOWING, {**wanted, "bal": bal}):
            modseq = self._advance(mailbox, 0)[1]
            given = {**wanted, "others": ~mask, "mailbox": mailbox, "modseq": modseq}
            self._connection.run(statements.SHOW, given)

    def saved(self, mailbox: MailboxId, uids: Sequence[Uid]) -> dict[Uid, int]:
        """Seconds since 1970 at which each came into this mailbox; those that are not there are left out."""
        rows = self._connection.all(statements.SAVED, {"mailbox": mailbox, "uids": list(uids)})
        return {uid: micros // MICROS for uid, micros in rows}

    def copy(
        self, mailbox: MailboxId, uids: Sequence[Uid], target: MailboxId, now: datetime
    ) -> list[tuple[Uid, Uid]]:
        """Copies sharing the bodies, in uid order. Raises LookupError when the target is gone."""
        saved_at = to_micros(now)
        self._state.lock_bal_of(mailbox)
        found = self._connection.all(statements.FOR_COPY, {"mailbox": mailbox, "uids": list(uids)})
        if not found:
            return []
        kind = self._add_used(target, sum(map(itemgetter(2), found)))
        first, modseq, drawer = self._advance(target, len(found))
        copies: list[tuple[Uid, Uid]] = []
        parameters: list[Parameters] = []
        for new_uid, row in enumerate(found, first):
            uid, flags, size, internal_date, conversation, body, filed_at, expires_at = row
            copies.append((uid, Uid(new_uid)))
            parameters.append(
                {
                    "mailbox": target,
                    "uid": new_uid,
                    "flags": flags,
                    "modseq": modseq,
                    "size": size,
                    "internal_date": internal_date,
                    "conversation": conversation,
                    "body": body,
                    "kind": kind,
                    "filed_at": filed_at,
                    "expires_at": expires_at,
                    "saved_at": saved_at,
                    "drawer": drawer,
                    "put_at": None if drawer == NO_DRAWER else saved_at,
                }
            )
        self._connection.run(statements.USE_BODIES, {"mailbox": mailbox, "uids": list(uids)})
        self._add(parameters)
        return copies

    def remove(self, mailbox: MailboxId, uids: Sequence[Uid], now: datetime) -> list[Uid]:
        """Expunge. Raises LookupError when the mailbox is gone."""
        if not uids:
            return []
        self._state.lock_bal_of(mailbox)
        found = self._connection.all(statements.FOR_REMOVAL, {"mailbox": mailbox, "uids": list(uids)})
        if found:
            self._remove(mailbox, found, now)
        return [row[0] for row in found]

    def clear(self, mailbox: MailboxId, now: datetime) -> ModSeq:
        """Every message of a mailbox, and the modseq after that. LookupError when the mailbox is gone."""
        self._state.lock_bal_of(mailbox)
        found = self._connection.all(statements.ALL_FOR_REMOVAL, {"mailbox": mailbox})
        return self._remove(mailbox, found, now)

    def _advance(self, mailbox: MailboxId, count: int) -> tuple[int, ModSeq, Drawer]:
        """The first of ``count`` new UIDs, the new modseq, which is told after the commit, and the drawer."""
        row = self._connection.one(statements.ADVANCE, {"mailbox": mailbox, "count": count})
        if row is None:
            raise LookupError("there is no such mailbox")
        uid_next, modseq, bal, drawer = row
        self._state.changed(bal, mailbox, modseq)
        return uid_next - count, ModSeq(modseq), Drawer(drawer)

    def _new_row(self, place: _Place, uid: int, new: NewMessage) -> MessageRow:
        self._use(new.body)
        return MessageRow(
            Uid(uid), new.flags, place.modseq, new.size, new.internal_date, new.conversation, new.body
        )

    def _add(self, parameters: Sequence[Parameters]) -> None:
        if len(parameters) == 1:
            self._connection.run(statements.ADD_MESSAGE, parameters[0])
        else:
            self._connection.many(statements.ADD_MESSAGE, parameters)

    def _add_used(self, mailbox: MailboxId, size: int) -> str:
        """Before the mailbox's own row, so that every writer locks them in this order; the bal's kind."""
        row = self._connection.one(statements.ADD_USED, {"mailbox": mailbox, "size": size})
        if row is None:
            raise LookupError("there is no such mailbox")
        return str(row[0])

    def _remove(self, mailbox: MailboxId, found: Sequence[Row], now: datetime) -> ModSeq:
        self._add_used(mailbox, -sum(map(itemgetter(1), found)))
        modseq = self._advance(mailbox, 0)[1]
        uids = [row[0] for row in found]
        removed: Parameters = {"mailbox": mailbox, "uids": uids}
        self._connection.run(statements.LEAVE_BODIES, {**removed, "now": to_micros(now)})
        self._connection.run(statements.ADD_EXPUNGED, {**removed, "modseq": modseq})
        self._connection.run(statements.REMOVE, removed)
        return modseq
