"""Mailboxes and keywords in the database. RFC 9051 §2.3.1.1: UIDVALIDITY."""

from datetime import datetime

from vaguemestre.mail.bal import BalId
from vaguemestre.mail.mailbox import (
    FIRST_KEYWORD_BIT,
    INBOX,
    MAX_KEYWORDS,
    Drawer,
    Mailbox,
    MailboxCounts,
    MailboxId,
    ModSeq,
    SpecialUse,
    Uid,
    UidValidity,
)
from vaguemestre.store import statements
from vaguemestre.store.aging import drawer_of, put_in_drawer
from vaguemestre.store.dialects.connection import Connection, Row
from vaguemestre.store.messages import MessageTable
from vaguemestre.store.unit import UnitState


def _mailbox(row: Row) -> Mailbox:
    id_, bal, name, special_use, subscribed, uid_validity, uid_next, highest_modseq, drawer = row
    return Mailbox(
        id=id_,
        bal=bal,
        name=name,
        special_use=None if special_use is None else SpecialUse(special_use),
        subscribed=bool(subscribed),
        uid_validity=uid_validity,
        uid_next=uid_next,
        highest_modseq=highest_modseq,
        drawer=Drawer(drawer),
    )


def _canonical(name: str) -> str:
    # RFC 9051 §5.1: INBOX is the one name that is compared without case.
    return INBOX if name.upper() == INBOX else name


class MailboxTable:
    """``service.ports.mailbox.Mailboxes``."""

    def __init__(self, connection: Connection, messages: MessageTable, state: UnitState):
        self._connection = connection
        self._messages = messages
        self._state = state

    def of(self, bal: BalId) -> list[Mailbox]:
        """By name, INBOX first; ordered here, because databases collate each in its way."""
        rows = self._connection.all(statements.MAILBOXES_OF, {"bal": bal})
        return sorted(map(_mailbox, rows), key=lambda mailbox: (mailbox.name != INBOX, mailbox.name))

    def by_id(self, mailbox: MailboxId) -> Mailbox | None:
        """None when it was deleted."""
        row = self._connection.one(statements.MAILBOX_BY_ID, {"id": mailbox})
        return None if row is None else _mailbox(row)

    def by_name(self, bal: BalId, name: str) -> Mailbox | None:
        """INBOX in any case; every other name as it stands."""
        row = self._connection.one(statements.MAILBOX_BY_NAME, {"bal": bal, "name": _canonical(name)})
        return None if row is None else _mailbox(row)

    def create(self, bal: BalId, name: str, special_use: SpecialUse | None, now: datetime) -> Mailbox:
        """UIDVALIDITY is the time in seconds, or one more than the bal's last: it only ever grows.

        Raises ValueError when the name is taken, LookupError when there is no such bal.
        """
        validity = self._connection.one(
            statements.NEXT_UID_VALIDITY, {"bal": bal, "seconds": int(now.timestamp())}
        )
        if validity is None:
            raise LookupError("there is no such bal")
        name = _canonical(name)
        drawer = drawer_of(self._connection, bal, name, special_use)
        row = self._connection.one(
            statements.ADD_MAILBOX,
            {
                "bal": bal,
                "name": name,
                "special_use": None if special_use is None else special_use.value,
                "subscribed": True,
                "drawer": drawer,
                "uid_validity": validity[0],
            },
        )
        if row is None:
            raise ValueError("there is a mailbox of this name")
        self._state.changed(bal, row[0], ModSeq(1))
        return Mailbox(
            id=MailboxId(row[0]),
            bal=bal,
            name=name,
            special_use=special_use,
            subscribed=True,
            uid_validity=UidValidity(validity[0]),
            uid_next=Uid(1),
            highest_modseq=ModSeq(1),
            drawer=drawer,
        )

    def rename(self, mailbox: MailboxId, name: str, now: datetime) -> None:
        """This mailbox alone, after the one above it; it may come into another drawer.

        Raises ValueError when the name is taken, LookupError without mailbox.
        """
        here = self.by_id(mailbox)
        if here is None:
            raise LookupError("there is no such mailbox")
        self._state.lock_bal(here.bal)  # two renames to one name must not meet in the unique index
        taken = self.by_name(here.bal, name)
        if taken is not None and taken.id != mailbox:
            raise ValueError("there is a mailbox of this name")
        self._connection.run(statements.RENAME_MAILBOX, {"id": mailbox, "name": _canonical(name)})
        drawer = drawer_of(self._connection, here.bal, _canonical(name), here.special_use)
        if drawer != here.drawer:
            put_in_drawer(self._connection, mailbox, drawer, now)
        self._state.changed(here.bal, mailbox, here.highest_modseq)

    def delete(self, mailbox: MailboxId, now: datetime) -> None:
        """With its messages. The change published is one modseq past its last: sessions find it gone."""
        self._messages.clear(mailbox, now)
        self._connection.run(statements.DROP_EXPUNGED, {"mailbox": mailbox})
        self._connection.run(statements.DROP_MAILBOX, {"mailbox": mailbox})

    def set_subscribed(self, mailbox: MailboxId, subscribed: bool) -> None:
        """Nothing happens when there is no such mailbox."""
        row = self._connection.one(statements.SET_SUBSCRIBED, {"id": mailbox, "subscribed": subscribed})
        if row is not None:
            bal, modseq = row
            self._state.changed(bal, mailbox, modseq)

    def counts(self, mailbox: MailboxId) -> MailboxCounts:
        """One pass over the mailbox's rows."""
        row = self._connection.one(statements.COUNTS, {"mailbox": mailbox})
        return MailboxCounts(0, 0, 0, 0) if row is None else MailboxCounts(*row)

    def message_count(self, mailbox: MailboxId) -> int:
        """By an index alone: a tenth of what ``counts`` costs."""
        row = self._connection.one(statements.MESSAGE_COUNT, {"mailbox": mailbox})
        return 0 if row is None else int(row[0])

    def keywords(self, bal: BalId) -> tuple[str, ...]:
        """In the order of their bits, from FIRST_KEYWORD_BIT."""
        return tuple(row[0] for row in self._connection.all(statements.KEYWORDS, {"bal": bal}))

    def add_keyword(self, bal: BalId, keyword: str) -> int:
        """Its bit. Raises ValueError past MAX_KEYWORDS."""
        self._state.lock_bal(bal)
        known = self._connection.all(statements.KEYWORDS, {"bal": bal})
        key = keyword.lower()
        for _, known_key, bit in known:
            if known_key == key:
                return int(bit)
        if len(known) >= MAX_KEYWORDS:
            raise ValueError(f"a bal has {MAX_KEYWORDS} keywords at most")
        bit = FIRST_KEYWORD_BIT + len(known)
        self._connection.run(
            statements.ADD_KEYWORD, {"bal": bal, "bit": bit, "name": keyword, "keyword_key": key}
        )
        return bit
