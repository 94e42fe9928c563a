"""A mailbox seen without its content: what an administrator needs to help, and nothing that was written.

domain.md §2, §3. Folders and how much of them goes soon, sign-ins and devices, limits and how much of them is
used, conversations, the journal; messages of any folder by date and size, never by sender or subject. The
holder is told of each look before anything of it is shown.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.mail.conversation import ConversationId, Pair
from vaguemestre.mail.distinguished_name import DistinguishedName
from vaguemestre.mail.fate import SubmissionTrace
from vaguemestre.mail.mailbox import SEEN, Mailbox, MailboxCounts, MailboxId, MessageRow, Uid
from vaguemestre.policy.limits import Allowance, Carriage, Destination, Policy
from vaguemestre.policy.retention import Due, Retention
from vaguemestre.service.access.inspection import tell_of_look
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.submission import Sent
from vaguemestre.service.ports.traces import Sought
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.sign_in.journal import FAILED, SIGNED_IN
from vaguemestre.service.telling.tracing import KEPT_FOR

SOON: Final = timedelta(days=7)
LATER: Final = timedelta(days=30)
AT_ONCE: Final = 50
LAST: Final = Uid(2**32)  # above every uid, RFC 9051 §2.3.1.1
_SIGN_INS: Final = 10
_JOURNAL: Final = 20
_WAYS: Final = 10
_WALKED: Final = 100  # rows of an index, some 2 ms
_A_DAY: Final = timedelta(days=1)
_AHEAD: Final = timedelta(minutes=1)  # of a clock that goes before ours
_COUNTED: Final = 2_000  # messages sent in a day: lines of an index, some 2 ms


class BalUnknown(Exception):  # noqa: N818 (a fact)
    """There is no such mailbox, or no such folder in it."""


class Folder(NamedTuple):
    """``soon`` and ``later``: how many of its messages expire within seven and thirty days."""

    mailbox: Mailbox
    counts: MailboxCounts
    soon: int
    later: int


class Device(NamedTuple):
    """What the holder signs in with: his own password, whose name is empty, or that of one device."""

    name: str
    made_at: datetime
    used_at: datetime | None


class SignIns(NamedTuple):
    """What the account signs in with, and how it was done or tried of late, the latest first."""

    devices: tuple[Device, ...]
    certificates: tuple[DistinguishedName, ...]
    latest: tuple[JournalEntry, ...]
    seen_on: date | None
    warned_on: date | None


class Bounds(NamedTuple):
    """What the account may send, and has in the last 24 hours; ``carriages`` by destination."""

    allowance: Allowance
    carriages: tuple[tuple[Destination, Carriage], ...]
    sent: Sent


class Ways(NamedTuple):
    """What became of the latest messages it sent, or was to have; ``more``: there are older ones."""

    traces: tuple[SubmissionTrace, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """A mailbox without its content."""

    bal: Bal
    folders: tuple[Folder, ...]
    conversations: tuple[Pair, ...]
    sign_ins: SignIns
    bounds: Bounds
    sent: Ways
    received: Ways
    journal: tuple[JournalEntry, ...]


class Line(NamedTuple):
    """What is seen of a message without reading it. ``goes`` is None while it waits to be released."""

    uid: Uid
    at: datetime
    size: int
    is_seen: bool
    conversation: ConversationId | None
    goes: Due | None


class Lines(NamedTuple):
    """Some messages of a folder, the latest first; ``more``: there are older ones."""

    bal: Bal
    mailbox: Mailbox
    lines: tuple[Line, ...]
    more: bool


class Looking:
    """``hostname`` names this server in message identifiers."""

    def __init__(
        self, store: Store, vault: Vault, clock: Clock, hostname: str, policy: Policy, retention: Retention
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._hostname = hostname
        self._policy = policy
        self._retention = retention

    async def look(self, number: BalId, operator: str) -> Looked:
        """The whole of it. Raises BalUnknown."""
        bal = await self._bal(number)
        await tell_of_look(self._store, self._vault, self._clock, self._hostname, bal, operator)
        sent, received = await self._ways(bal)
        return await self._store.read(lambda tx: self._looked(tx, bal, sent, received))

    async def messages(self, number: BalId, operator: str, mailbox: MailboxId, before: Uid = LAST) -> Lines:
        """Some messages of a folder. Raises BalUnknown."""
        bal = await self._bal(number)
        folder = await self._store.read(lambda tx: tx.mailboxes.by_id(mailbox))
        if folder is None or folder.bal != bal.id:
            raise BalUnknown
        await tell_of_look(self._store, self._vault, self._clock, self._hostname, bal, operator, folder)

        def unit(tx: Transaction) -> Lines:
            rows = tx.messages.rows_before(mailbox, before, AT_ONCE + 1)
            shown = rows[:AT_ONCE]
            aging = tx.aging.of(mailbox, [row.uid for row in shown])
            due = {message.uid: self._retention.due(message) for message in aging}
            return Lines(
                bal, folder, tuple(_line(row, due.get(row.uid)) for row in shown), len(rows) > AT_ONCE
            )

        return await self._store.read(unit)

    async def _bal(self, number: BalId) -> Bal:
        found = await self._store.read(lambda tx: tx.bals.by_id(number))
        if found is None:
            raise BalUnknown
        return found

    async def _ways(self, bal: Bal) -> tuple[Ways, Ways]:
        """Two short reads: others are served between."""
        now = self._clock.now()
        span = Sought(now - KEPT_FOR, now + _AHEAD)

        def received(tx: Transaction) -> Ways:
            keys = tuple(dict.fromkeys(one.key for one in (bal.address, *tx.aliases.of(bal.id))))
            found = _latest(tx, replace(span, recipients=keys))
            return Ways(tuple(_to(trace, keys) for trace in found.traces), found.more)

        sent = await self._store.read(lambda tx: _latest(tx, replace(span, sender=bal.id)))
        return sent, await self._store.read(received)

    def _looked(self, tx: Transaction, bal: Bal, sent: Ways, received: Ways) -> Looked:
        citizen, professional = (None, bal.address) if bal.kind.is_professional else (bal.id, None)
        return Looked(
            bal,
            tuple(self._folder(tx, bal, mailbox) for mailbox in tx.mailboxes.of(bal.id)),
            tuple(tx.conversations.pairs(citizen=citizen, professional=professional)),
            _sign_ins(tx, bal),
            self._bounds(tx, bal),
            sent,
            received,
            tuple(tx.journal.entries(bal.id, limit=_JOURNAL)),
        )

    def _folder(self, tx: Transaction, bal: Bal, mailbox: Mailbox) -> Folder:
        def due(ahead: timedelta) -> int:
            moment = self._clock.now() + ahead
            filed, put = self._retention.reaches(bal.kind, mailbox.drawer, moment)
            return tx.aging.due(mailbox.id, filed, put, moment)

        counts = tx.mailboxes.counts(mailbox.id)
        return Folder(mailbox, counts, *((due(SOON), due(LATER)) if counts.messages else (0, 0)))

    def _bounds(self, tx: Transaction, bal: Bal) -> Bounds:
        now, limits = self._clock.now(), self._policy.limits
        return Bounds(
            self._policy.allowance_of(bal.kind),
            tuple((one, limits.carried(one, bal.kind)) for one in Destination),
            tx.submissions.sent(bal.id, now - _A_DAY, now + _AHEAD, _COUNTED),
        )


def _latest(tx: Transaction, sought: Sought) -> Ways:
    look = tx.traces.walk(sought, None, _WAYS, _WALKED)
    return Ways(look.traces, look.next is not None)


def _to(trace: SubmissionTrace, keys: Collection[str]) -> SubmissionTrace:
    """What became of it for this holder: the others are no affair of his."""
    return replace(trace, fates=tuple(fate for fate in trace.fates if fate.recipient.key in keys))


def _sign_ins(tx: Transaction, bal: Bal) -> SignIns:
    presence = tx.presences.of(bal.id)
    latest = [one for event in (SIGNED_IN, FAILED) for one in tx.journal.entries(bal.id, event, _SIGN_INS)]
    latest.sort(key=lambda entry: entry.at, reverse=True)
    return SignIns(
        tuple(
            Device(one.device, one.created_at, one.last_used_at) for one in tx.sign_ins.credentials(bal.id)
        ),
        tuple(tx.sign_ins.certificates(bal.id)),
        tuple(latest[:_SIGN_INS]),
        None if presence is None else presence.seen_on,
        None if presence is None else presence.warned_on,
    )


def _line(row: MessageRow, goes: Due | None) -> Line:
    at = datetime.fromtimestamp(row.internal_date, UTC)
    return Line(row.uid, at, row.size, bool(row.flags & SEEN), row.conversation, goes)
