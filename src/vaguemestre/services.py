"""The services over an open store and vault: settings become what a door or a command may call.

``open_services`` is all that the command line needs; ``app`` adds the doors and the background jobs. They are
loaded apart, because no command but ``serve`` needs a door.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from vaguemestre.configured import (
    delays_of,
    directory_of,
    dispensations_of,
    errand_of,
    examination_of,
    masters_of,
    notification_terms_of,
    notification_text_of,
    objects_of,
    policy_of,
    quiet_terms_of,
    retention_of,
    tokens_of,
    trust_of,
    ways_of,
)
from vaguemestre.directory.beside import ImportBeside
from vaguemestre.policy.limits import Policy
from vaguemestre.policy.retention import Retention
from vaguemestre.service.access.grants import Accesses
from vaguemestre.service.access.inspection import Inspection
from vaguemestre.service.access.looking import Looking
from vaguemestre.service.access.reading import Reading
from vaguemestre.service.access.visits import Visits
from vaguemestre.service.access.warrants import WarrantKeeping, WarrantTerms
from vaguemestre.service.accounts.aliases import Aliases
from vaguemestre.service.accounts.archive_opening import ArchiveOpening
from vaguemestre.service.accounts.archiving import Archiving
from vaguemestre.service.accounts.birth_dates import BirthDates
from vaguemestre.service.accounts.devices import Devices
from vaguemestre.service.accounts.dormancy import Dormancy
from vaguemestre.service.accounts.erasing import Erasing
from vaguemestre.service.accounts.keeping import Accounts
from vaguemestre.service.accounts.profiles import Profiles
from vaguemestre.service.accounts.strangers import Strangers
from vaguemestre.service.administration.accounts import AdministratorAccounts
from vaguemestre.service.administration.by_password import ByPassword
from vaguemestre.service.administration.challenges import Challenging, Handles
from vaguemestre.service.administration.sessions import ConsoleSessions
from vaguemestre.service.administration.sessions import Limits as SessionLimits
from vaguemestre.service.administration.signing_in import SigningIn
from vaguemestre.service.arriving.intake import Intake
from vaguemestre.service.arriving.relaying import Relaying
from vaguemestre.service.arriving.submission import Submissions
from vaguemestre.service.audit.anchors import Anchoring
from vaguemestre.service.audit.auditing import Auditing
from vaguemestre.service.audit.chaining import Chaining
from vaguemestre.service.audit.journal_upkeep import JournalUpkeep
from vaguemestre.service.audit.reviewing import Reviewing
from vaguemestre.service.conversations.blocking import Blocking
from vaguemestre.service.conversations.closing_elsewhere import ClosingsElsewhere
from vaguemestre.service.conversations.closing_notices import ClosingNotices
from vaguemestre.service.conversations.inactivity import Inactivity
from vaguemestre.service.conversations.life import IdentifierDigest
from vaguemestre.service.conversations.mail_answers import MailAnswers
from vaguemestre.service.conversations.oversight import Oversight
from vaguemestre.service.conversations.references import ConversationReferences
from vaguemestre.service.conversations.solicitations import Solicitations
from vaguemestre.service.directory.address_book import AddressBook
from vaguemestre.service.directory.renewal import DirectoryRenewal
from vaguemestre.service.expiry.expiring import Expiry
from vaguemestre.service.expiry.warnings import ExpiryWarnings
from vaguemestre.service.health.figures import Figures
from vaguemestre.service.health.sampling import Sampling
from vaguemestre.service.held.messages import HeldMessages
from vaguemestre.service.held.releases import Releases
from vaguemestre.service.mailboxes.forgetting import Forgetting
from vaguemestre.service.mailboxes.keeping import Mailboxes
from vaguemestre.service.outbound.queue import OutboundQueue
from vaguemestre.service.outbound.upkeep import QueueUpkeep
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.directory import Directory
from vaguemestre.service.ports.store import Store, StoreBusyError
from vaguemestre.service.ports.trust import Trust
from vaguemestre.service.sign_in.authentication import Authentication
from vaguemestre.service.sign_in.guessing import Guessing
from vaguemestre.service.sign_in.hashing import RECOMMENDED, Hashing
from vaguemestre.service.telling.contacts import Contacts
from vaguemestre.service.telling.notifying import Notifying
from vaguemestre.service.telling.reports import Reports
from vaguemestre.service.telling.searching import TraceSearch
from vaguemestre.service.telling.tracing import Tracing
from vaguemestre.service.trust.keeping import TrustKeeping
from vaguemestre.service.trust.recording import TrustJournal
from vaguemestre.service.trust.standing import Beyond
from vaguemestre.settings import Settings
from vaguemestre.store.company import ALONE, Company
from vaguemestre.store.open import check_not_newer, open_store
from vaguemestre.vault.archive import VaultArchive
from vaguemestre.vault.archive_keys import load_public
from vaguemestre.vault.open import open_vault
from vaguemestre.vault.sealed_words import SealedWords
from vaguemestre.vault.signing import Signer
from vaguemestre.vault.vault import SealedVault


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC)


_JOURNAL: Final = b"journal"


class Audit(NamedTuple):
    """The journal's chain: made, walked, anchored."""

    chaining: Chaining
    auditing: Auditing
    anchoring: Anchoring
    upkeep: JournalUpkeep
    reviewing: Reviewing


class Administration(NamedTuple):
    """Who administers, who is signed in to the console, and how they sign in."""

    accounts: AdministratorAccounts
    sessions: ConsoleSessions
    signing_in: SigningIn
    by_password: ByPassword
    challenging: Challenging


class BreakGlass(NamedTuple):
    """How administrators look into mailboxes, and read contents under a warrant."""

    looking: Looking
    warrants: WarrantKeeping
    reading: Reading


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a door or a command may call. ``log_key`` makes the pseudonyms of the log."""

    store: Store
    vault: SealedVault
    policy: Policy
    authentication: Authentication
    accounts: Accounts
    devices: Devices
    accesses: Accesses
    birth_dates: BirthDates
    visits: Visits
    profiles: Profiles
    blocking: Blocking
    erasing: Erasing
    dormancy: Dormancy
    signer: Signer
    archiving: Archiving
    archive_opening: ArchiveOpening
    aliases: Aliases
    submissions: Submissions
    relaying: Relaying
    releases: Releases
    held: HeldMessages
    mailboxes: Mailboxes
    oversight: Oversight
    inspection: Inspection
    break_glass: BreakGlass
    expiry: Expiry
    expiry_warnings: ExpiryWarnings
    tracing: Tracing
    trace_search: TraceSearch
    strangers: Strangers
    reports: Reports
    queue_upkeep: QueueUpkeep
    queue: OutboundQueue
    closing_notices: ClosingNotices
    closings_elsewhere: ClosingsElsewhere
    mail_answers: MailAnswers
    solicitations: Solicitations
    inactivity: Inactivity
    forgetting: Forgetting
    notifying: Notifying
    contacts: Contacts
    address_book: AddressBook
    trust: TrustKeeping | None
    directory: Directory
    directory_renewal: DirectoryRenewal
    audit: Audit
    figures: Figures
    sampling: Sampling
    administration: Administration
    log_key: bytes


@asynccontextmanager
async def open_services(
    settings: Settings, clock: Clock, hashing: Hashing = RECOMMENDED, company: Company = ALONE
) -> AsyncIterator[Services]:
    """The services over an open store and vault, both brought up to date first; closed on the way out.

    ``company``: the processes that serve with this one. Raises MasterKeyError, SchemaError, StoreBusyError,
    OSError; NewerSchemaError before anything is touched.
    """
    keys, objects, figures = masters_of(settings), objects_of(settings), Figures()
    check_not_newer(settings.database.url)  # a vault that is opened is swept, and gets keys for the month
    vault = await open_vault(settings.keys.url, keys, objects, settings.objects.spool)
    try:
        journal_key = _derived(vault, _JOURNAL)
        store = await open_store(settings.database.url, journal_key, figures=figures, company=company)
        try:
            secret, tokens = _derived(vault, b"sign-in"), tokens_of(settings, clock)
            authentication = Authentication(store, clock, secret, tokens, figures=figures, hashing=hashing)
            directory = directory_of(settings)
            try:
                yield _services(settings, clock, _Opened(store, vault, authentication, directory, figures))
            finally:
                directory.close()
                authentication.close()
                with suppress(StoreBusyError):
                    await authentication.journal.close()
        finally:
            await store.close()
    finally:
        await vault.close()


class _Opened(NamedTuple):
    """What services stand on, and whoever opened it closes."""

    store: Store
    vault: SealedVault
    authentication: Authentication
    directory: Directory
    figures: Figures


def _services(settings: Settings, clock: Clock, opened: _Opened) -> Services:
    store, vault, authentication, directory, figures = opened
    policy, retention = policy_of(settings), retention_of(settings)
    signer, archiving = _signer(vault), _archiving(settings, clock, opened)
    profiles = Profiles(store, vault, clock, archiving, settings.hostname)
    digest, trust = IdentifierDigest(vault.digest_key), trust_of(settings, clock, TrustJournal(store, clock))
    intake = _intake(settings, clock, opened, policy, None if trust is None else trust.space)
    releases, notifying = Releases(intake), _notifying(settings, clock, store, vault)
    return Services(
        store=store,
        vault=vault,
        policy=policy,
        authentication=authentication,
        accounts=Accounts(store, clock, policy, authentication.passwords),
        devices=Devices(store, vault, clock, authentication, settings.hostname),
        accesses=Accesses(store, vault, clock, settings.hostname),
        birth_dates=BirthDates(store, clock),
        visits=Visits(store, vault, clock, settings.hostname),
        aliases=Aliases(store, vault, clock, policy, settings.hostname),
        submissions=Submissions(intake),
        relaying=Relaying(intake),
        releases=releases,
        held=HeldMessages(store, vault, clock, releases, settings.hostname),
        profiles=profiles,
        dormancy=Dormancy(store, vault, clock, profiles, delays_of(settings), settings.hostname),
        blocking=Blocking(store, clock),
        archiving=archiving,
        erasing=Erasing(store, vault, VaultArchive(vault), clock, signer, settings.hostname),
        signer=signer,
        archive_opening=ArchiveOpening(store, VaultArchive(vault), clock),
        mailboxes=Mailboxes(store, vault, clock, settings.limits.message_size),
        oversight=Oversight(store, clock, policy),
        inspection=Inspection(store, vault, clock, settings.hostname, retention),
        break_glass=_break_glass(settings, clock, opened, policy),
        expiry=Expiry(store, vault, clock, retention),
        expiry_warnings=_expiry_warnings(settings, clock, opened, retention),
        tracing=Tracing(store, clock, digest),
        trace_search=TraceSearch(store, vault, clock, policy, digest, settings.hostname),
        strangers=Strangers(store, clock),
        reports=_reports(settings, clock, store, vault),
        queue=OutboundQueue(store, clock),
        queue_upkeep=_queue_upkeep(settings, clock, store, vault),
        closing_notices=ClosingNotices(store, vault, clock, settings.hostname),
        closings_elsewhere=ClosingsElsewhere(store, vault, clock, settings.hostname, digest, policy),
        mail_answers=MailAnswers(store, vault, clock, settings.hostname, digest, quiet_terms_of(settings)),
        solicitations=Solicitations(store, clock),
        inactivity=Inactivity(store, clock, settings.conversations.quiet_for),
        forgetting=Forgetting(store),
        notifying=notifying,
        contacts=Contacts(store, vault, clock, policy, notifying),
        directory=directory,
        directory_renewal=_directory_renewal(settings, clock, store, directory),
        address_book=AddressBook(store, directory, clock, policy, settings.directory.stale_after),
        trust=trust,
        audit=_audit(settings, clock, store, vault),
        figures=figures,
        sampling=Sampling(store, clock, figures),
        administration=_administration(settings, clock, opened),
        log_key=_derived(vault, b"log pseudonyms"),
    )


def _expiry_warnings(
    settings: Settings, clock: Clock, opened: _Opened, retention: Retention
) -> ExpiryWarnings:
    ahead = timedelta(days=settings.retention.warn)
    return ExpiryWarnings(opened.store, opened.vault, clock, retention, ahead, settings.hostname)


def _signer(vault: SealedVault) -> Signer:
    return Signer(_derived(vault, b"certificates of erasure"))


def _archiving(settings: Settings, clock: Clock, opened: _Opened) -> Archiving:
    recipient = load_public(settings.archive.public_key) if settings.archive.public_key else None
    return Archiving(opened.store, VaultArchive(opened.vault), clock, recipient, settings.archive.years)


def journal_keys(vault: SealedVault) -> tuple[bytes, Signer]:
    """What seals and chains the journal, and what signs its anchors."""
    return _derived(vault, _JOURNAL), Signer(_derived(vault, b"audit anchors"))


def _audit(settings: Settings, clock: Clock, store: Store, vault: SealedVault) -> Audit:
    key, signer = journal_keys(vault)
    witness = vault.witness(key)
    chaining = Chaining(store, clock, key, witness)
    auditing = Auditing(store, clock, key, witness, signer.verifier)
    anchoring = Anchoring(store, clock, chaining, signer, settings.audit.anchors, settings.hostname)
    reviewing = Reviewing(store, clock, chaining, auditing, anchoring)
    return Audit(chaining, auditing, anchoring, JournalUpkeep(store, clock), reviewing)


def _intake(settings: Settings, clock: Clock, opened: _Opened, policy: Policy, trust: Trust | None) -> Intake:
    store, vault = opened.store, opened.vault
    digest = IdentifierDigest(vault.digest_key)
    return Intake(
        store,
        vault,
        clock,
        policy,
        digest,
        ConversationReferences(vault.digest_key, digest),
        settings.hostname,
        examination_of(settings),
        dispensations_of(settings, clock),
        Beyond(trust, opened.directory),
        opened.figures,
        several=settings.processes > 1,
    )


def _reports(settings: Settings, clock: Clock, store: Store, vault: SealedVault) -> Reports:
    digest, end = IdentifierDigest(vault.digest_key), timedelta(days=settings.outbound.end)
    return Reports(store, vault, clock, digest, settings.hostname, end)


def _queue_upkeep(settings: Settings, clock: Clock, store: Store, vault: SealedVault) -> QueueUpkeep:
    delay, end = timedelta(seconds=settings.outbound.delay_notice), timedelta(days=settings.outbound.end)
    return QueueUpkeep(store, vault, clock, delay, end)


def _notifying(settings: Settings, clock: Clock, store: Store, vault: SealedVault) -> Notifying:
    text, ways, terms = notification_text_of(settings), ways_of(settings), notification_terms_of(settings)
    return Notifying(store, vault, clock, ways, text, terms, _derived(vault, b"notifications"))


def _directory_renewal(
    settings: Settings, clock: Clock, store: Store, directory: Directory
) -> DirectoryRenewal:
    upkeep, stale_after = ImportBeside(errand_of(settings)), settings.directory.stale_after
    return DirectoryRenewal(store, directory, upkeep, clock, stale_after)


def _administration(settings: Settings, clock: Clock, opened: _Opened) -> Administration:
    console, guessing = settings.console, Guessing(clock, _derived(opened.vault, b"console sign-in"))
    limits = SessionLimits(timedelta(seconds=console.idle), timedelta(seconds=console.longest))
    passwords, seals = opened.authentication.passwords, SealedWords(_derived(opened.vault, b"second factors"))
    sessions = ConsoleSessions(opened.store, clock, limits)
    signing_in = SigningIn(opened.store, clock, guessing, sessions)
    return Administration(
        AdministratorAccounts(opened.store, clock, passwords, seals),
        sessions,
        signing_in,
        ByPassword(opened.store, clock, signing_in, passwords, seals),
        Challenging(clock, Handles(_derived(opened.vault, b"console handles"))),
    )


def _break_glass(settings: Settings, clock: Clock, opened: _Opened, policy: Policy) -> BreakGlass:
    console = settings.console
    lasts, waits = timedelta(seconds=console.reading), timedelta(seconds=console.deciding)
    terms = WarrantTerms(console.second_person, lasts, waits)
    store, vault, hostname = opened.store, opened.vault, settings.hostname
    return BreakGlass(
        Looking(store, vault, clock, hostname, policy, retention_of(settings)),
        WarrantKeeping(store, vault, clock, terms, hostname),
        Reading(store, vault, clock, hostname),
    )


def _derived(vault: SealedVault, purpose: bytes) -> bytes:
    """32 octets for one purpose, the same as long as the installation lives."""
    return hashlib.blake2b(purpose, key=vault.digest_key, digest_size=32).digest()
