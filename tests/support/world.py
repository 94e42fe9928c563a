"""A whole service without doors, on real parts: SQLite files, a vault, a clock that tests move."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from tests.support.builders import NOON, a_policy
from tests.support.hashing import QUICK
from tests.support.migrated import a_migrated_file

from vaguemestre.mail.address import Address, parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.contact import Contact, ContactKind
from vaguemestre.mail.dsn import NO_WISH, Wish
from vaguemestre.mail.envelope import Envelope
from vaguemestre.mail.mailbox import INBOX, MessageRow
from vaguemestre.mail.peer import Peer
from vaguemestre.mail.reply import Reply
from vaguemestre.mime.examination import Bounds
from vaguemestre.policy.limits import Policy
from vaguemestre.policy.profiles import AskedBy, ProfileAct
from vaguemestre.policy.retention import Retention
from vaguemestre.service.access.grants import Accesses
from vaguemestre.service.access.inspection import Inspection
from vaguemestre.service.access.visits import Visits
from vaguemestre.service.accounts.aliases import Aliases
from vaguemestre.service.accounts.archive_opening import ArchiveOpening
from vaguemestre.service.accounts.archiving import Archiving
from vaguemestre.service.accounts.birth_dates import BirthDates
from vaguemestre.service.accounts.devices import Devices
from vaguemestre.service.accounts.dormancy import Delays, Dormancy
from vaguemestre.service.accounts.erasing import Erasing
from vaguemestre.service.accounts.keeping import AccountRequest, Accounts
from vaguemestre.service.accounts.profiles import Profiles, by_operator
from vaguemestre.service.arriving.dispensations import Dispensations
from vaguemestre.service.arriving.examination import Examination
from vaguemestre.service.arriving.intake import Intake
from vaguemestre.service.arriving.relaying import Relaying
from vaguemestre.service.arriving.submission import Submissions
from vaguemestre.service.conversations.answer_words import QuietTerms
from vaguemestre.service.conversations.blocking import Blocking
from vaguemestre.service.conversations.closing_elsewhere import ClosingsElsewhere
from vaguemestre.service.conversations.closing_notices import ClosingNotices
from vaguemestre.service.conversations.life import IdentifierDigest
from vaguemestre.service.conversations.mail_answers import MailAnswers
from vaguemestre.service.conversations.oversight import Oversight
from vaguemestre.service.conversations.references import ConversationReferences
from vaguemestre.service.conversations.solicitations import Solicitations
from vaguemestre.service.expiry.expiring import Expiry
from vaguemestre.service.expiry.warnings import ExpiryWarnings
from vaguemestre.service.health.figures import Figures
from vaguemestre.service.held.messages import HeldMessages
from vaguemestre.service.held.releases import Releases
from vaguemestre.service.mailboxes.keeping import Mailboxes
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.directory import Directory
from vaguemestre.service.ports.notification import Way
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.trust import Trust
from vaguemestre.service.sign_in.authentication import Authentication
from vaguemestre.service.sign_in.hashing import Hashing
from vaguemestre.service.sign_in.outcome import SignedIn
from vaguemestre.service.sign_in.tokens import Tokens
from vaguemestre.service.telling.contacts import Contacts
from vaguemestre.service.telling.notification_text import DEFAULT, notification_text
from vaguemestre.service.telling.notifying import Notifying, Terms
from vaguemestre.service.telling.reports import Reports
from vaguemestre.service.telling.searching import TraceSearch
from vaguemestre.service.telling.tracing import Tracing
from vaguemestre.service.trust.standing import Beyond
from vaguemestre.store.open import open_store
from vaguemestre.vault.archive import VaultArchive
from vaguemestre.vault.archive_keys import load_public, make_archive_key
from vaguemestre.vault.keys import generate_master, load_master, write_master
from vaguemestre.vault.open import open_vault
from vaguemestre.vault.signing import Signer
from vaguemestre.vault.vault import SealedVault

_FROM_NOBODY: Final = Envelope(None, ())


@dataclass(slots=True)
class FakeClock:
    """A clock that stands still until it is moved."""

    moment: datetime = field(default=NOON)
    waits: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        """The moment it was set to."""
        return self.moment

    async def pause(self, seconds: float) -> None:
        """What a service waits for is noted, and no time passes."""
        self.waits.append(seconds)

    def pass_(self, **delay: float) -> None:
        """Move on: ``pass_(days=91)``."""
        self.moment += timedelta(**delay)


@dataclass(frozen=True, slots=True)
class World:
    """The services, and short words for what tests do with them."""

    store: Store
    vault: SealedVault
    clock: FakeClock
    accounts: Accounts
    devices: Devices
    accesses: Accesses
    birth_dates: BirthDates
    visits: Visits
    profiles: Profiles
    blocking: Blocking
    erasing: Erasing
    dormancy: Dormancy
    archiving: Archiving
    archive_opening: ArchiveOpening
    aliases: Aliases
    authentication: Authentication
    submissions: Submissions
    releases: Releases
    held: HeldMessages
    expiry: Expiry
    warnings: ExpiryWarnings
    inspection: Inspection
    oversight: Oversight
    mailboxes: Mailboxes
    tracing: Tracing
    trace_search: TraceSearch
    reports: Reports
    closing_notices: ClosingNotices
    closings_elsewhere: ClosingsElsewhere
    ways: dict[ContactKind, Way]
    notifying: Notifying
    contacts: Contacts
    mail_answers: MailAnswers
    solicitations: Solicitations
    relaying: Relaying
    figures: Figures

    async def bal(self, address: str, kind: BalKind = BalKind.PER, password: str | None = None) -> Bal:
        """A new account."""
        request = AccountRequest(parse_address(address), kind, password=password)
        return await self.accounts.add(request, "test")

    async def change(self, bal: Bal, act: ProfileAct, by: AskedBy = AskedBy.OPERATOR) -> Bal:
        """Its state, and what follows from it, to the end."""
        changed = await self.profiles.change(bal.address, act, by_operator("test", by=by))
        await self.profiles.finish(changed)
        return changed

    async def tell(self, bal: Bal, to: str, kind: ContactKind = ContactKind.MAIL) -> None:
        """From now on its holder is told there."""
        await self.contacts.give(bal.address, Contact(kind, to), "test")

    async def send(
        self,
        sender: Bal,
        octets: bytes,
        *recipients: str,
        wish: Wish = NO_WISH,
        like: Envelope = _FROM_NOBODY,
    ) -> Reply:
        """Submit as a door does: RCPT by RCPT, then the octets; the reply that decided.

        ``like`` is what MAIL said beside the sender's address.
        """
        signed_in = SignedIn(sender)
        reply = await self.submissions.accepts_sender(signed_in, sender.address, None)
        if not reply.is_positive:
            return reply
        envelope = replace(like, reverse_path=sender.address)
        for recipient in map(parse_address, recipients):
            reply = await self.submissions.accepts_recipient(signed_in, envelope, recipient)
            if not reply.is_positive:
                return reply
            envelope = envelope.with_recipient(recipient, wish)
        incoming = self.submissions.begin(signed_in, envelope, "ESMTPSA")
        incoming.feed(octets)
        return (await self.submissions.submit(incoming)).reply

    async def relay(
        self,
        peer: Peer,
        sender: Address | None,
        octets: bytes,
        *recipients: str,
        wish: Wish = NO_WISH,
    ) -> Reply:
        """Bring it as another operator does: MAIL, RCPT by RCPT, the octets; the reply that decided."""
        reply = await self.relaying.accepts_sender(peer, sender, None)
        envelope = Envelope(sender, ())
        for recipient in map(parse_address, recipients):
            if reply.is_positive:
                reply = await self.relaying.accepts_recipient(peer, envelope, recipient)
                envelope = envelope.with_recipient(recipient, wish)
        if not reply.is_positive:
            return reply
        incoming = self.relaying.begin(peer, envelope, "ESMTPS")
        incoming.feed(octets)
        return (await self.relaying.submit(incoming)).reply

    async def send_parted(
        self,
        sender: Bal,
        octets: bytes,
        recipients: Sequence[str],
        wish: Wish | None,
        *,
        from_nobody: bool = False,
    ) -> Reply:
        """Submit to recipients that RCPT would have accepted: the content decides."""
        addresses = tuple(map(parse_address, recipients))
        wishes = (wish or NO_WISH,) * len(addresses)
        envelope = Envelope(None if from_nobody else sender.address, addresses, wishes=wishes)
        incoming = self.submissions.begin(SignedIn(sender), envelope, "ESMTPSA")
        incoming.feed(octets)
        return (await self.submissions.submit(incoming)).reply

    async def inbox(self, bal: Bal) -> list[MessageRow]:
        """The rows of INBOX, by uid."""
        return await self.rows(bal, INBOX)

    async def rows(self, bal: Bal, name: str) -> list[MessageRow]:
        """Those of any mailbox."""

        def unit(tx: Transaction) -> list[MessageRow]:
            mailbox = tx.mailboxes.by_name(bal.id, name)
            return tx.messages.rows(mailbox.id) if mailbox is not None else []

        return await self.store.read(unit)

    async def octets(self, row: MessageRow) -> bytes:
        """The octets of one message, opened."""
        body = await self.store.read(lambda tx: tx.messages.body(row.body))
        assert body is not None
        return b"".join([piece async for piece in self.vault.open_octets(body)])


@asynccontextmanager
async def a_world(
    folder: Path,
    policy: Policy | None = None,
    tokens: Callable[[Clock], Tokens] | None = None,
    *,
    retention: Retention | None = None,
    busy_timeout: float = 5.0,
    examination: Examination | None = None,
    dispensations: Callable[[Clock], Dispensations] | None = None,
    trust: Trust | None = None,
    directory: Directory | None = None,
    hashing: Hashing = QUICK,
    databases: tuple[str, str] | None = None,
) -> AsyncIterator[World]:
    """A fresh one in a folder; opened again in the same folder, it is the same world.

    ``databases``: URLs of those of the messages and of the keys, when they are not files in the folder.

    ``busy_timeout``: seconds the store waits while something else has its file locked.
    """
    rules, clock, figures = policy or a_policy(), FakeClock(), Figures()
    url = a_migrated_file(folder / "messages.db") if databases is None else databases[0]
    master = folder / "master.key"
    masters = load_master(master) if master.exists() else write_master(master, generate_master())
    keys = f"sqlite:///{folder / 'keys.db'}" if databases is None else databases[1]
    vault = await open_vault(keys, masters, folder / "objects", folder / "spool")
    store = await open_store(url, busy_timeout=busy_timeout, figures=figures)
    trusted = tokens(clock) if tokens is not None else None
    authentication = Authentication(store, clock, b"s" * 32, trusted, clock.pause, figures, hashing)
    digest = IdentifierDigest(vault.digest_key)
    references = ConversationReferences(vault.digest_key, digest)
    archive_key = folder / "archive.key"
    if not archive_key.exists():
        make_archive_key(archive_key, folder / "archive.pub")
    archiving = Archiving(store, VaultArchive(vault), clock, load_public(folder / "archive.pub"))
    profiles = Profiles(store, vault, clock, archiving, "mail.test")
    asked = dispensations(clock) if dispensations is not None else None
    intake = Intake(
        store,
        vault,
        clock,
        rules,
        digest,
        references,
        "mail.test",
        examination or Examination(Bounds()),
        asked,
        Beyond(trust, directory),
        figures,
    )
    releases = Releases(intake)
    ways: dict[ContactKind, Way] = {}
    text = notification_text(DEFAULT.encode(), "Mon messager", "https://mail.test/")
    notifying = Notifying(store, vault, clock, ways, text, Terms(), b"n" * 32)
    try:
        yield World(
            store,
            vault,
            clock,
            Accounts(store, clock, rules, lambda: authentication.passwords),
            Devices(store, vault, clock, authentication, "mail.test"),
            Accesses(store, vault, clock, "mail.test"),
            BirthDates(store, clock),
            Visits(store, vault, clock, "mail.test"),
            profiles,
            Blocking(store, clock),
            Erasing(store, vault, VaultArchive(vault), clock, Signer(b"s" * 32), "mail.test"),
            Dormancy(store, vault, clock, profiles, Delays(), "mail.test"),
            archiving,
            ArchiveOpening(store, VaultArchive(vault), clock),
            Aliases(store, vault, clock, rules, "mail.test"),
            authentication,
            Submissions(intake),
            releases,
            HeldMessages(store, vault, clock, releases, "mail.test"),
            Expiry(store, vault, clock, retention or Retention()),
            ExpiryWarnings(store, vault, clock, retention or Retention(), timedelta(days=7), "mail.test"),
            Inspection(store, vault, clock, "mail.test", retention or Retention()),
            Oversight(store, clock, rules),
            Mailboxes(store, vault, clock),
            Tracing(store, clock, digest),
            TraceSearch(store, vault, clock, rules, digest, "mail.test"),
            Reports(store, vault, clock, digest, "mail.test"),
            ClosingNotices(store, vault, clock, "mail.test"),
            ClosingsElsewhere(store, vault, clock, "mail.test", digest, rules),
            ways,
            notifying,
            Contacts(store, vault, clock, rules, notifying),
            MailAnswers(store, vault, clock, "mail.test", digest, QuietTerms()),
            Solicitations(store, clock),
            Relaying(intake),
            figures,
        )
    finally:
        authentication.close()
        await store.close()
        await vault.close()
