"""Reading in somebody's bal under a warrant: each look is judged, written down and told where it happens.

domain.md §2. What is read, the line in the journal and the message in the holder's history of accesses are
one unit of work; the warrant is looked at in it, so that a look begun a moment before its end is either
allowed and told, or does not happen. The journal says of which message (its UID) and in what way it was seen,
never what it says.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

from vaguemestre.mail.bal import Bal
from vaguemestre.mail.mailbox import SEEN, BodyId, Mailbox, MailboxCounts, MailboxId, MessageRow, Uid
from vaguemestre.mime.card import Card, CardFormatError
from vaguemestre.mime.text import field_texts
from vaguemestre.policy.access import PARIS
from vaguemestre.service.access.reading_notices import content_read
from vaguemestre.service.ports.administrator import Administrator
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import KeyDestroyedError, SealedBody, SealedCard, Vault
from vaguemestre.service.ports.warrant import Warrant, WarrantId, WarrantState
from vaguemestre.service.telling.notices import Notice, seal_notice

AT_ONCE: Final = 50  # messages of a list
LAST: Final = Uid(2**32)  # above every uid, RFC 9051 §2.3.1.1
_LONGEST_FIELD: Final = 200  # characters shown in a list

T = TypeVar("T")


class WarrantEnded(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """It allows nothing to him, or not any more."""


class NotThere(Exception):  # noqa: N818 (a fact)
    """There is no such folder, message or part in that bal, or nobody can open it any more."""


class Way(StrEnum):
    """How a message was seen; what the journal calls it."""

    LIST = "list"
    MESSAGE = "content"
    SOURCE = "source"
    PREVIEW = "preview"
    DOWNLOAD = "download"


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a list, with what its header says of it."""

    uid: Uid
    at: datetime
    size: int
    is_seen: bool
    sender: str
    subject: str


class Folders(NamedTuple):
    """The bal of a warrant, and what there is to read in it."""

    warrant: Warrant
    bal: Bal
    mailboxes: tuple[tuple[Mailbox, MailboxCounts], ...]


class Page(NamedTuple):
    """Some messages of a folder, the latest first; ``more``: there are older ones."""

    mailbox: Mailbox
    lines: tuple[Line, ...]
    more: bool


_WAYS: Final = {
    Way.MESSAGE: ("lu le message", "read the message"),
    Way.SOURCE: ("enregistré le message entier", "saved the whole message"),
    Way.PREVIEW: ("vu une pièce jointe du message", "saw an attachment of the message"),
    Way.DOWNLOAD: ("enregistré une pièce jointe du message", "saved an attachment of the message"),
}


class Reading:
    """``hostname`` names this server in message identifiers."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, hostname: str) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._hostname = hostname

    async def folders(self, warrant: WarrantId, who: Administrator) -> Folders:
        """Names and counts: what was told when the bal itself was looked at. Raises WarrantEnded."""

        def unit(tx: Transaction) -> Folders:
            good, bal = self._good(tx, warrant, who)
            mailboxes = tuple((one, tx.mailboxes.counts(one.id)) for one in tx.mailboxes.of(bal.id))
            return Folders(good, bal, mailboxes)

        return await self._store.read(unit)

    async def page(
        self, warrant: WarrantId, who: Administrator, mailbox: MailboxId, before: Uid = LAST
    ) -> Page:
        """Senders and subjects of some messages. Raises WarrantEnded, NotThere."""

        def unit(tx: Transaction, bal: Bal) -> tuple[list[MessageRow], dict[BodyId, SealedCard]]:
            found = tx.messages.rows_before(mailbox, before, AT_ONCE + 1)
            return found, tx.messages.cards([row.body for row in found[:AT_ONCE]])

        folder, (rows, cards) = await self._look(warrant, who, mailbox, Way.LIST, None, unit)
        lines = tuple(self._line(row, cards.get(row.body)) for row in rows[:AT_ONCE])
        return Page(folder, lines, len(rows) > AT_ONCE)

    async def message(
        self,
        warrant: WarrantId,
        who: Administrator,
        mailbox: MailboxId,
        uid: Uid,
        way: Way = Way.MESSAGE,
        part: int | None = None,
    ) -> bytes:
        """The octets of one message, as they came; ``part``: the attachment for whose sake.

        Raises WarrantEnded, NotThere."""

        def unit(tx: Transaction, bal: Bal) -> SealedBody:
            row = tx.messages.row(mailbox, uid)
            body = None if row is None else tx.messages.body(row.body)
            if body is None:
                raise NotThere
            return body

        _, body = await self._look(warrant, who, mailbox, way, uid, unit, part)
        try:
            return await self._vault.open_whole(body)
        except KeyDestroyedError:
            raise NotThere from None

    async def _look(
        self,
        warrant: WarrantId,
        who: Administrator,
        mailbox: MailboxId,
        way: Way,
        uid: Uid | None,
        what: Callable[[Transaction, Bal], T],
        part: int | None = None,
    ) -> tuple[Mailbox, T]:
        """What is read, told and written down is one thing: none of it happens without the others."""
        now = self._clock.now()

        def first(tx: Transaction) -> tuple[Warrant, Bal, Mailbox, MessageRow | None]:
            good, bal = self._good(tx, warrant, who)
            row = None if uid is None else tx.messages.row(mailbox, uid)
            return good, bal, _mailbox(tx, mailbox, bal), row

        good, bal, folder, row = await self._store.read(first)
        if uid is not None and row is None:
            raise NotThere
        notice = _notice(who.name, now, folder, row, way, good.reason)
        sealed = await seal_notice(self._vault, bal.id, bal.address, notice, self._hostname, now)
        detail = {"scope": way.value, "warrant": str(warrant), "mailbox": str(mailbox)}
        detail |= {} if uid is None else {"uid": str(uid)}
        detail |= {} if part is None else {"part": str(part)}
        detail["reason"] = good.reason

        def unit(tx: Transaction) -> T:
            self._good(tx, warrant, who)
            _mailbox(tx, mailbox, bal)
            found = what(tx, bal)
            sealed.record(tx, bal.id, now)
            tx.journal.record(JournalEntry(now, f"operator:{who.name}", "inspected", bal.id, detail))
            return found

        return folder, await self._store.write(unit, "read under a warrant")

    def _good(self, tx: Transaction, warrant: WarrantId, who: Administrator) -> tuple[Warrant, Bal]:
        found = tx.warrants.by_id(warrant)
        bal = None if found is None else tx.bals.by_id(found.bal)
        if found is None or bal is None or found.asker != who.id:
            raise WarrantEnded
        if found.state_at(self._clock.now()) is not WarrantState.GRANTED:
            raise WarrantEnded
        return found, bal

    def _line(self, row: MessageRow, sealed: SealedCard | None) -> Line:
        header = b""
        if sealed is not None:
            try:
                header = Card(self._vault.open_card(sealed)).header or b""
            except (KeyDestroyedError, CardFormatError):
                header = b""  # what cannot be opened is listed all the same
        return Line(
            row.uid,
            datetime.fromtimestamp(row.internal_date, UTC),
            row.size,
            bool(row.flags & SEEN),
            _first(field_texts(header, "From")),
            _first(field_texts(header, "Subject")),
        )


def _first(found: Sequence[str]) -> str:
    return " ".join(found[0].split())[:_LONGEST_FIELD] if found else ""


def _mailbox(tx: Transaction, mailbox: MailboxId, bal: Bal) -> Mailbox:
    found = tx.mailboxes.by_id(mailbox)
    if found is None or found.bal != bal.id:
        raise NotThere
    return found


def _notice(
    who: str, now: datetime, folder: Mailbox, row: MessageRow | None, way: Way, reason: str
) -> Notice:
    if row is None:
        listed_fr = f"consulté la liste des messages du dossier « {folder.name} »"
        listed_en = f'looked at the list of messages of the mailbox "{folder.name}"'
        return content_read(who, now, listed_fr, listed_en, reason)
    said_fr, said_en = _WAYS[way]
    came = f"{datetime.fromtimestamp(row.internal_date, PARIS):%d/%m/%Y %H:%M}"
    return content_read(
        who,
        now,
        f"{said_fr} reçu le {came} (dossier « {folder.name} »)",
        f'{said_en} received on {came} (mailbox "{folder.name}")',
        reason,
    )
