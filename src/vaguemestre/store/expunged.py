"""What a mailbox remembers of messages that are gone: ``service.ports.expunged.Expunged``. RFC 7162 §3.2.

``mailbox.forgotten_modseq`` is the modseq up to which records may be lacking, and is raised by the very unit
that deletes them: no reader ever sees the one without the other.
"""

from collections.abc import Sequence

from vaguemestre.mail.mailbox import MailboxId, ModSeq, Uid
from vaguemestre.store import statements
from vaguemestre.store.dialects.connection import Connection
from vaguemestre.store.unit import UnitState


class ExpungedTable:
    """``service.ports.expunged.Expunged``; records are added in ``store.messages``."""

    def __init__(self, connection: Connection, state: UnitState):
        self._connection = connection
        self._state = state

    def after(self, mailbox: MailboxId, modseq: ModSeq) -> list[Uid] | None:
        """Those expunged at a modseq greater than this; by uid. None when some of them are forgotten."""
        self._state.lock_bal_of(mailbox)
        forgotten = self._connection.one(statements.FORGOTTEN_MODSEQ, {"mailbox": mailbox})
        if forgotten is not None and modseq < forgotten[0]:
            return None
        asked = {"mailbox": mailbox, "after": modseq}
        return [row[0] for row in self._connection.all(statements.EXPUNGED_AFTER, asked)]

    def spared(self, mailbox: MailboxId, uids: Sequence[Uid]) -> frozenset[Uid]:
        """Those of these messages that are there."""
        self._state.lock_bal_of(mailbox)
        found = self._connection.all(statements.SPARED, {"mailbox": mailbox, "uids": list(uids)})
        return frozenset(row[0] for row in found)

    def next_mailbox(self, after: MailboxId) -> MailboxId | None:
        """By one look into the primary key."""
        row = self._connection.one(statements.NEXT_REMEMBERING, {"after": after})
        return None if row is None else MailboxId(row[0])

    def beyond(self, mailbox: MailboxId, kept: int) -> ModSeq | None:
        """By the primary key, backwards."""
        row = self._connection.one(statements.EXPUNGED_BEYOND, {"mailbox": mailbox, "kept": kept})
        return None if row is None else ModSeq(row[0])

    def forget(self, mailbox: MailboxId, up_to: ModSeq, limit: int) -> int:
        """The earliest first; of one modseq, by uid: what is left of it is not asked for any more."""
        self._state.lock_bal_of(mailbox)
        asked = {"mailbox": mailbox, "up_to": up_to, "limit": limit}
        earliest = self._connection.all(statements.EARLIEST_EXPUNGED, asked)
        if earliest:
            modseq, uid = earliest[-1]
            last = {"mailbox": mailbox, "modseq": modseq}
            self._connection.run(statements.SET_FORGOTTEN, last)
            self._connection.run(statements.FORGET_EXPUNGED, {**last, "uid": uid})
        return len(earliest)
