"""The database as the services see it: units of work, and what a unit may ask of a transaction.

A *unit* is a plain function of a ``Transaction``: it reads, decides and writes, and awaits nothing
between. ``Store.write`` runs it in a writer lane, in its own savepoint, commits many units at once and
only then returns: what it returned is durable (architecture.md, Lanes). A unit may be run again after a
serialisation failure, so it has no effect outside its transaction.

All times are aware UTC datetimes; all collections come back in the order said.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId, BalKind, BalState
from vaguemestre.mail.conversation import ConversationId
from vaguemestre.mail.correspondent import PartyId
from vaguemestre.mail.fate import DueReport, Fate, ReportKind, SubmissionId, SubmissionTrace
from vaguemestre.mail.mailbox import (
    BodyId,
    FlagSet,
    Mailbox,
    MailboxCounts,
    MailboxId,
    MessageRow,
    ModSeq,
    SpecialUse,
    Uid,
)
from vaguemestre.mail.tls_wish import TlsWish
from vaguemestre.service.access_port import Grants
from vaguemestre.service.administrator_port import Administrators
from vaguemestre.service.aging_port import Aging
from vaguemestre.service.alias_port import Aliases
from vaguemestre.service.answer_port import OwedAnswers
from vaguemestre.service.archive_port import Archives
from vaguemestre.service.audit_port import Chain
from vaguemestre.service.block_port import Blocks
from vaguemestre.service.conversation_port import Conversations
from vaguemestre.service.correspondent_port import Correspondents
from vaguemestre.service.departure_port import Departures
from vaguemestre.service.erasure_port import Erasures
from vaguemestre.service.expunged_port import Expunged
from vaguemestre.service.held_port import HeldMessages
from vaguemestre.service.notification_port import Notifications
from vaguemestre.service.outbound_port import Outbound
from vaguemestre.service.owed_notice_port import OwedNotices
from vaguemestre.service.ports import Changes, KeyDay, SealedBody, SealedCard
from vaguemestre.service.presence_port import Presences
from vaguemestre.service.published_port import PublishedAccounts
from vaguemestre.service.sign_in_port import SignIns
from vaguemestre.service.solicitation_port import Solicitations
from vaguemestre.service.survey_port import Survey
from vaguemestre.service.warning_port import ExpiryWarnings

T = TypeVar("T")


class StoreBusyError(Exception):
    """The database is locked, full or out of reach: temporary, 4yz."""


class CommitUnknownError(StoreBusyError):
    """The database failed in the middle of a commit: the work may be done or not, and nobody can tell.

    To the client it is as temporary as the rest; but what the work refers to must not be taken away.
    """


@dataclass(frozen=True, slots=True)
class NewBal:
    """An account to be made. ``quota`` in octets, 0 for none."""

    address: Address
    kind: BalKind
    state: BalState
    name: str = ""
    rpps: str | None = None
    finess: str | None = None
    quota: int = 0
    sector: str | None = None
    is_unlisted: bool = False


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be filed in a mailbox; its body is already added, or shared by a copy.

    ``filed_at`` starts the retention and is kept by copies: copying never prolongs a message's life.
    ``expires_at`` is what the sender asked for with Expires, never later than retention allows.
    """

    body: BodyId
    flags: FlagSet
    size: int
    internal_date: int
    conversation: ConversationId | None
    filed_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One line of the journal: who did what to which bal, never any content. domain.md §3, traces.

    ``actor`` is a bal's key, ``operator:<name>`` or ``rule:<identifier>``; ``event`` a past participle
    (``submitted``, ``delivered``, ``refused``, ``inspected`` …); ``detail`` keys and values free of content.
    """

    at: datetime
    actor: str
    event: str
    bal: PartyId | None
    detail: dict[str, str] = field(default_factory=dict)


class Bals(Protocol):
    """Accounts, found by address or by number."""

    def by_id(self, bal: PartyId) -> Bal | None: ...  # noqa: D102 (said by the class)

    def state_of(self, bal: BalId) -> BalState | None: ...  # noqa: D102

    def by_address(self, address: Address) -> Bal | None:
        """By its key, or by an alias (a citizen's INS can change in life, domain.md §2)."""
        ...

    def all(self, kind: BalKind | None = None) -> list[Bal]:
        """Every account, by address."""
        ...

    def add(self, new: NewBal, now: datetime) -> Bal:
        """Raises ValueError when the address is taken."""
        ...

    def describe(self, bal: BalId, sector: str | None, *, is_unlisted: bool) -> None: ...  # noqa: D102

    def set_state(self, bal: BalId, state: BalState) -> None: ...  # noqa: D102


class Mailboxes(Protocol):
    """The mailboxes of the accounts, and the keywords known to each account."""

    def of(self, bal: BalId) -> list[Mailbox]:
        """By name, INBOX first."""
        ...

    def by_id(self, mailbox: MailboxId) -> Mailbox | None: ...  # noqa: D102

    def by_name(self, bal: BalId, name: str) -> Mailbox | None:
        """INBOX in any case; every other name as it stands."""
        ...

    def create(self, bal: BalId, name: str, special_use: SpecialUse | None, now: datetime) -> Mailbox:
        """Subscribed. UIDVALIDITY never repeats for a name (RFC 9051 §2.3.1.1). ValueError when taken."""
        ...

    def rename(self, mailbox: MailboxId, name: str, now: datetime) -> None:
        """This mailbox alone; inferiors are the caller's, afterwards. ValueError when the name is taken."""
        ...

    def delete(self, mailbox: MailboxId, now: datetime) -> None:
        """With its messages; bodies nothing else refers to become orphans at ``now``."""
        ...

    def set_subscribed(self, mailbox: MailboxId, subscribed: bool) -> None: ...  # noqa: D102

    def counts(self, mailbox: MailboxId) -> MailboxCounts: ...  # noqa: D102

    def message_count(self, mailbox: MailboxId) -> int:
        """The first of ``counts``, by an index alone."""
        ...

    def keywords(self, bal: BalId) -> tuple[str, ...]:
        """In the order of their bits, from FIRST_KEYWORD_BIT."""
        ...

    def add_keyword(self, bal: BalId, keyword: str) -> int:
        """Its bit, new or known already (compared without case). ValueError past MAX_KEYWORDS."""
        ...


class Messages(Protocol):
    """Messages in mailboxes. Every write advances the mailbox's modseq, told after the commit."""

    def add_body(self, body: SealedBody, now: datetime) -> None: ...  # noqa: D102

    def file(self, mailbox: MailboxId, messages: Sequence[NewMessage]) -> list[MessageRow]:
        """Give them the next UIDs, in order, under one new modseq; the bal's ``used`` grows by their size."""
        ...

    def arrive(self, bal: BalId, message: NewMessage) -> Uid:
        """The same in its INBOX, for one. Raises LookupError when it has none."""
        ...

    def rows(self, mailbox: MailboxId, after: ModSeq = ...) -> list[MessageRow]:
        """All, or those whose modseq is greater than ``after``; by uid."""
        ...

    def row(self, mailbox: MailboxId, uid: Uid) -> MessageRow | None:
        """One message, None when it is not there."""
        ...

    def rows_from(self, mailbox: MailboxId, first: Uid, limit: int) -> list[MessageRow]:
        """Those from a uid on, ``limit`` of them at most; by uid."""
        ...

    def highest_modseq(self, mailbox: MailboxId) -> ModSeq | None:
        """Where the mailbox stands; None when it was deleted."""
        ...

    def cards(self, bodies: Sequence[BodyId]) -> dict[BodyId, SealedCard]:
        """The sealed cards of those that still exist."""
        ...

    def body(self, body: BodyId) -> SealedBody | None: ...  # noqa: D102

    def cards_between(self, mailbox: MailboxId, first: Uid, last: Uid) -> dict[BodyId, SealedCard]:
        """Those of every message from one uid to another, both included."""
        ...

    def bodies_between(self, mailbox: MailboxId, first: Uid, last: Uid) -> dict[BodyId, SealedBody]:
        """Those of every message from one uid to another, both included."""
        ...

    def set_flags(self, mailbox: MailboxId, flags: Sequence[tuple[Uid, FlagSet]]) -> ModSeq:
        """New flags for each, under one new modseq, which is returned. Unknown UIDs are passed over."""
        ...

    def show(self, bal: BalId, conversation: ConversationId, mask: FlagSet, shown: FlagSet) -> None:
        """Of all messages of a conversation in a bal: the flags of ``mask`` become ``shown``.

        One new modseq for each mailbox where that changes anything, and none for the others.
        """
        ...

    def saved(self, mailbox: MailboxId, uids: Sequence[Uid]) -> dict[Uid, int]:
        """Seconds since 1970 UTC at which each came into this mailbox; those not there are left out."""
        ...

    def copy(
        self, mailbox: MailboxId, uids: Sequence[Uid], target: MailboxId, now: datetime
    ) -> list[tuple[Uid, Uid]]:
        """Copies sharing the bodies, saved ``now``, by uid: (old uid, new uid). Same bal. ``used`` grows."""
        ...

    def remove(self, mailbox: MailboxId, uids: Sequence[Uid], now: datetime) -> list[Uid]:
        """Expunge: rows go, (uid, modseq) stay in ``Expunged``; those that were there are returned.

        ``used`` shrinks. A body that no message refers to any more is an orphan since ``now``.
        """
        ...

    def orphans(self, before: datetime, limit: int) -> list[SealedBody]:
        """Bodies without message since before a time, without octets and card: for ``Vault.discard``."""
        ...

    def located(self, locations: Sequence[str]) -> frozenset[str]:
        """Those of these locations of objects that a body's row names."""
        ...

    def days_in_use(self, bal: BalId) -> frozenset[KeyDay]:
        """The days of all bodies of a bal, orphans included, and of its contact."""
        ...


@dataclass(frozen=True, slots=True)
class NewSubmission:
    """A message about to be filed. ``identifier`` is the digest of its Message-ID, if it has one.

    ``fingerprint`` is what the same message sent again has too; None for one that cannot be recognised.
    ``actor`` is who wrote it in the name of ``sender``.
    ``release_at`` is its hour, when it is to be released later.
    """

    queue_id: str
    sender: PartyId
    identifier: bytes | None
    fingerprint: bytes | None
    at: datetime
    recipients: int = 1
    tls: TlsWish = TlsWish.UNSAID
    actor: BalId | None = None
    release_at: datetime | None = None


class Sent(NamedTuple):
    """How much an account has sent in a span of time."""

    messages: int
    recipients: int


class Submissions(Protocol):
    """Messages that were accepted, and what became of them."""

    def begin(self, new: NewSubmission, again_until: datetime) -> SubmissionId | str:
        """The number of this one, or the queue id of the same one accepted, or released, after that."""
        ...

    def outdate(self, submission: SubmissionId) -> None:
        """The same message sent again is another from now on."""
        ...

    def sent(self, sender: BalId, since: datetime, until: datetime, most: int) -> Sent:
        """What was accepted of that account's, ``until`` excluded; no more than ``most`` messages of it."""
        ...

    def settle(
        self, submission: SubmissionId, fate: Fate, copy: BodyId | None = None, *, wants_receipt: bool = False
    ) -> None:
        """What became of it for a recipient; ``wants_receipt``: the sender is told when ``copy`` is read."""
        ...

    def unhold(self, submission: SubmissionId) -> None:
        """Those who were to have it later have no fate any more: settle another."""
        ...

    def conclude(self, submission: SubmissionId, fate: Fate) -> bool:
        """What became of it for a recipient elsewhere, for whom it was ``QUEUED``; False when it was not."""
        ...

    def read(self, body: BodyId, at: datetime) -> str | None:
        """The holder of this copy has seen it: its queue id; nothing happens unless it was just delivered."""
        ...

    def told(self, identifier: bytes, fate: Fate, to: Sequence[BalId]) -> int:
        """A recipient's software says so, to these bals, of the messages of that digest; how many it moves.

        A fate of which its sender is to have a receipt of ours moves only when that sender is among ``to``.
        """
        ...

    def bounced(self, identifier: bytes, fate: Fate, to: Sequence[BalId]) -> int:
        """An operator could not deliver what one of these sent, of that digest; how many fates it moves."""
        ...

    def report(
        self, submission: SubmissionId, recipient: Address, kind: ReportKind, original: str, envelope_id: str
    ) -> None:
        """The sender is to be told; see ``DueReport``."""
        ...

    def due_reports(self, limit: int) -> list[DueReport]:
        """The oldest first; all of one submission stand together."""
        ...

    def close_reports(self, reports: Sequence[int]) -> int:
        """They were told; how many of them were still due."""
        ...

    def expired(self, mailbox: MailboxId, uids: Sequence[Uid], at: datetime) -> list[str]:
        """These messages are about to go, read or not: their queue ids; call it before."""
        ...

    def traces(self, identifier: bytes) -> list[SubmissionTrace]:
        """Those with a Message-ID of that digest, the latest first."""
        ...

    def trace(self, queue_id: str) -> SubmissionTrace | None:
        """By the identifier of our own, told to the sender and written in Received."""
        ...

    def forget(self, before: datetime, limit: int) -> int:
        """Drop the traces of older submissions, ``limit`` of them at most; how many went."""
        ...


class Journal(Protocol):
    """Append only."""

    def record(self, entry: JournalEntry) -> None: ...  # noqa: D102

    def entries(
        self, bal: PartyId | None = None, event: str | None = None, limit: int = 100
    ) -> list[JournalEntry]:
        """The latest first."""
        ...


class Transaction(Protocol):
    """One unit's view of the database."""

    @property
    def bals(self) -> Bals: ...  # noqa: D102

    @property
    def correspondents(self) -> Correspondents: ...  # noqa: D102

    @property
    def grants(self) -> Grants: ...  # noqa: D102

    @property
    def sign_ins(self) -> SignIns: ...  # noqa: D102

    @property
    def mailboxes(self) -> Mailboxes: ...  # noqa: D102

    @property
    def messages(self) -> Messages: ...  # noqa: D102

    @property
    def aging(self) -> Aging: ...  # noqa: D102

    @property
    def warnings(self) -> ExpiryWarnings: ...  # noqa: D102

    @property
    def expunged(self) -> Expunged: ...  # noqa: D102

    @property
    def conversations(self) -> Conversations: ...  # noqa: D102

    @property
    def owed_notices(self) -> OwedNotices: ...  # noqa: D102

    @property
    def owed_answers(self) -> OwedAnswers: ...  # noqa: D102

    @property
    def solicitations(self) -> Solicitations: ...  # noqa: D102

    @property
    def submissions(self) -> Submissions: ...  # noqa: D102

    @property
    def held(self) -> HeldMessages: ...  # noqa: D102

    @property
    def outbound(self) -> Outbound: ...  # noqa: D102

    @property
    def notifications(self) -> Notifications: ...  # noqa: D102

    @property
    def journal(self) -> Journal: ...  # noqa: D102

    @property
    def chain(self) -> Chain: ...  # noqa: D102

    @property
    def archives(self) -> Archives: ...  # noqa: D102

    @property
    def erasures(self) -> Erasures: ...  # noqa: D102

    @property
    def blocks(self) -> Blocks: ...  # noqa: D102

    @property
    def published(self) -> PublishedAccounts: ...  # noqa: D102

    @property
    def presences(self) -> Presences: ...  # noqa: D102

    @property
    def aliases(self) -> Aliases: ...  # noqa: D102

    @property
    def survey(self) -> Survey: ...  # noqa: D102

    @property
    def departures(self) -> Departures: ...  # noqa: D102

    @property
    def administrators(self) -> Administrators: ...  # noqa: D102


Unit = Callable[[Transaction], T]


class Store(Protocol):
    """Where units of work are run."""

    @property
    def changes(self) -> Changes:
        """The signals of committed changes."""
        ...

    async def read(self, unit: Callable[[Transaction], T]) -> T:
        """Run a unit that writes nothing. Raises StoreBusyError."""
        ...

    async def write(self, unit: Callable[[Transaction], T], reason: str, *, is_long: bool = False) -> T:
        """Run a unit in a writer lane; return after the durable commit.

        What the unit raises is raised here, its writes undone, its neighbours unharmed; it may be run more
        than once before it is done, and so changes nothing but the transaction. Raises
        StoreBusyError when the database is locked, full or gone. ``reason`` names the work in logs. Say
        ``is_long`` when a unit may take more than a few milliseconds (hundreds of rows): the event loop is
        not held by it.
        """
        ...

    async def close(self) -> None:
        """Finish what was accepted, then let go."""
        ...
