"""Inspection: an administrator looks at a mailbox, and its holder knows it. domain.md §2.

Metadata by default; content of one message only with a reason. The line in the journal and the message in the
holder's history of accesses are written in one unit of work, and only then is anything shown. That content
was read is told in INBOX too, where nobody overlooks it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal
from vaguemestre.mail.conversation import Pair
from vaguemestre.mail.mailbox import INBOX, Mailbox, MailboxCounts, Uid
from vaguemestre.policy.retention import Due, Retention
from vaguemestre.service.accounts.keeping import AccountUnknown
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import SealedBody, Vault
from vaguemestre.service.telling.notices import mailbox_inspected, seal_notice


class InspectionRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """Nothing is shown; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class MessageMetadata:
    """What an administrator sees of a message without reading it: no sender, no subject. Size in octets.

    ``goes`` is when it expires as things stand; None while it waits to be released.
    """

    uid: Uid
    size: int
    internal_date: datetime
    conversation: int | None
    goes: Due | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """A mailbox without its content."""

    bal: Bal
    mailboxes: tuple[tuple[Mailbox, MailboxCounts], ...]
    conversations: tuple[Pair, ...]
    inbox: tuple[MessageMetadata, ...]
    journal: tuple[JournalEntry, ...]


class Inspection:
    """Shows a mailbox to an administrator, after having told its holder."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, hostname: str, retention: Retention) -> None:
        self._retention = retention
        self._store = store
        self._vault = vault
        self._clock = clock
        self._hostname = hostname

    async def overview(self, address: Address, operator: str) -> Overview:
        """Folders, counts, conversations, dates and sizes. Raises AccountUnknown."""
        bal = await self._bal(address)
        overview = await self._store.read(lambda tx: _overview(tx, bal, self._retention))
        await tell_of_look(self._store, self._vault, self._clock, self._hostname, bal, operator)
        return overview

    async def content(self, address: Address, uid: Uid, operator: str, reason: str) -> bytes:
        """The octets of one message of INBOX. Raises AccountUnknown, InspectionRefused, KeyDestroyedError."""
        reason = " ".join(reason.split())
        if not reason:
            raise InspectionRefused("Reading a message needs a reason: the holder will see it")
        bal, now = await self._bal(address), self._clock.now()
        notice = mailbox_inspected(operator, now, reason)
        sealed = await seal_notice(self._vault, bal.id, bal.address, notice, self._hostname, now)

        def unit(tx: Transaction) -> SealedBody:
            """What is read, told and written down is one thing: none of it happens without the others."""
            body = _body(tx, bal, uid)
            if body is None:
                raise InspectionRefused(f"No message has the UID {uid} in INBOX")
            detail = {"scope": "content", "uid": str(uid), "reason": reason}
            sealed.file_and_record(tx, bal.id, now)
            tx.journal.record(JournalEntry(now, f"operator:{operator}", "inspected", bal.id, detail))
            return body

        return await self._vault.open_whole(await self._store.write(unit, "inspect"))

    async def _bal(self, address: Address) -> Bal:
        bal = await self._store.read(lambda tx: tx.bals.by_address(address))
        if bal is None:
            raise AccountUnknown(f"No account has the address {address}")
        return bal


async def tell_of_look(
    store: Store,
    vault: Vault,
    clock: Clock,
    hostname: str,
    bal: Bal,
    operator: str,
    mailbox: Mailbox | None = None,
) -> None:
    """Metadata are about to be seen, of ``mailbox`` closely: the holder is told, the journal keeps it."""
    now = clock.now()
    sealed = await seal_notice(
        vault, bal.id, bal.address, mailbox_inspected(operator, now, None), hostname, now
    )

    def unit(tx: Transaction) -> None:
        sealed.record(tx, bal.id, now)
        detail = {"scope": "metadata"}
        detail |= {} if mailbox is None else {"mailbox": str(mailbox.id)}
        tx.journal.record(JournalEntry(now, f"operator:{operator}", "inspected", bal.id, detail))

    await store.write(unit, "inspect")


def _overview(tx: Transaction, bal: Bal, retention: Retention) -> Overview:
    mailboxes = tx.mailboxes.of(bal.id)
    inbox = next((mailbox for mailbox in mailboxes if mailbox.name == INBOX), None)
    rows = tx.messages.rows(inbox.id) if inbox is not None else []
    aging = tx.aging.in_mailbox(inbox.id) if inbox is not None else []
    due = {message.uid: retention.due(message) for message in aging}
    citizen, professional = (None, bal.address) if bal.kind.is_professional else (bal.id, None)
    return Overview(
        bal,
        tuple((mailbox, tx.mailboxes.counts(mailbox.id)) for mailbox in mailboxes),
        tuple(tx.conversations.pairs(citizen=citizen, professional=professional)),
        tuple(
            MessageMetadata(
                row.uid,
                row.size,
                datetime.fromtimestamp(row.internal_date, UTC),
                row.conversation,
                due.get(row.uid),
            )
            for row in rows
        ),
        tuple(tx.journal.entries(bal.id, limit=20)),
    )


def _body(tx: Transaction, bal: Bal, uid: Uid) -> SealedBody | None:
    inbox = tx.mailboxes.by_name(bal.id, INBOX)
    if inbox is None:
        return None
    row = next((row for row in tx.messages.rows(inbox.id) if row.uid == uid), None)
    return tx.messages.body(row.body) if row is not None else None
