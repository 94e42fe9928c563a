"""The house itself: its directory, its journal, its figures, its months, its administrators."""

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from vaguemestre.services.opened import Opened, journal_keys

if TYPE_CHECKING:
    from vaguemestre.service.administration.accounts import AdministratorAccounts
    from vaguemestre.service.administration.by_password import ByPassword
    from vaguemestre.service.administration.challenges import Challenging
    from vaguemestre.service.administration.sessions import ConsoleSessions
    from vaguemestre.service.administration.signing_in import SigningIn
    from vaguemestre.service.audit.anchors import Anchoring
    from vaguemestre.service.audit.auditing import Auditing
    from vaguemestre.service.audit.chaining import Chaining
    from vaguemestre.service.audit.journal_upkeep import JournalUpkeep
    from vaguemestre.service.audit.reviewing import Reviewing
    from vaguemestre.service.audit.stamping import Stamping
    from vaguemestre.service.directory.address_book import AddressBook
    from vaguemestre.service.directory.renewal import DirectoryRenewal
    from vaguemestre.service.health.sampling import Sampling
    from vaguemestre.service.statistics.monthly import Statistics


class Audit(NamedTuple):
    """The journal's chain: made, walked, anchored, its anchors time-stamped."""

    chaining: "Chaining"
    auditing: "Auditing"
    anchoring: "Anchoring"
    stamping: "Stamping"
    upkeep: "JournalUpkeep"
    reviewing: "Reviewing"


class Administration(NamedTuple):
    """Who administers, and who is signed in to the console."""

    accounts: "AdministratorAccounts"
    sessions: "ConsoleSessions"
    signing_in: "SigningIn"
    by_password: "ByPassword"
    challenging: "Challenging"


class OfTheHouse(Opened):
    """Each is made when it is first asked for."""

    @cached_property
    def directory_renewal(self) -> "DirectoryRenewal":
        """The directory, imported again."""
        from vaguemestre.configured import errand_of
        from vaguemestre.directory.beside import ImportBeside
        from vaguemestre.service.directory.renewal import DirectoryRenewal

        upkeep, stale_after = ImportBeside(errand_of(self.settings)), self.settings.directory.stale_after
        return DirectoryRenewal(self.store, self.directory, upkeep, self.clock, stale_after)

    @cached_property
    def address_book(self) -> "AddressBook":
        """The directory, searched."""
        from vaguemestre.service.directory.address_book import AddressBook

        stale_after = self.settings.directory.stale_after
        return AddressBook(self.store, self.directory, self.clock, self.policy, stale_after)

    @cached_property
    def audit(self) -> "Audit":
        """The journal's chain. Raises CertificateError."""
        from vaguemestre.configured import time_stamps_of
        from vaguemestre.service.audit.anchors import Anchoring
        from vaguemestre.service.audit.auditing import Auditing
        from vaguemestre.service.audit.chaining import Chaining
        from vaguemestre.service.audit.journal_upkeep import JournalUpkeep
        from vaguemestre.service.audit.reviewing import Reviewing
        from vaguemestre.service.audit.stamping import Stamping

        key, signer = journal_keys(self.vault)
        witness = self.vault.witness(key)
        chaining = Chaining(self.store, self.clock, key, witness)
        stamps, kept = time_stamps_of(self.settings), self.settings.audit.anchors
        auditing = Auditing(self.store, self.clock, key, witness, signer.verifier, stamps)
        anchoring = Anchoring(self.store, self.clock, chaining, signer, kept, self.settings.hostname)
        reviewing = Reviewing(self.store, self.clock, chaining, auditing, anchoring)
        stamping, upkeep = (
            Stamping(self.store, self.clock, stamps, kept),
            JournalUpkeep(self.store, self.clock),
        )
        return Audit(chaining, auditing, anchoring, stamping, upkeep, reviewing)

    @cached_property
    def sampling(self) -> "Sampling":
        """Figures, kept for the charts."""
        from vaguemestre.service.health.sampling import Sampling

        return Sampling(self.store, self.clock, self.figures)

    @cached_property
    def statistics(self) -> "Statistics":
        """Months, counted and told."""
        from vaguemestre.service.statistics.counting import MonthlyCount
        from vaguemestre.service.statistics.indicators import columns_from
        from vaguemestre.service.statistics.monthly import MonthlyFigures, Statistics

        asked, zone = self.settings.statistics, self.settings.conversations.zone
        monthly = MonthlyFigures(self.store, columns_from(asked.columns), asked.separator)
        return Statistics(MonthlyCount(self.store, self.clock, zone), monthly)

    @cached_property
    def administration(self) -> "Administration":
        """Administrators, and how they sign in."""
        from vaguemestre.service.administration.accounts import AdministratorAccounts
        from vaguemestre.service.administration.by_password import ByPassword
        from vaguemestre.service.administration.challenges import Challenging, Handles
        from vaguemestre.service.administration.sessions import ConsoleSessions
        from vaguemestre.service.administration.sessions import Limits as SessionLimits
        from vaguemestre.service.administration.signing_in import SigningIn
        from vaguemestre.service.sign_in.guessing import Guessing
        from vaguemestre.vault.sealed_words import SealedWords

        console, guessing = self.settings.console, Guessing(self.clock, self.derived(b"console sign-in"))
        limits = SessionLimits(timedelta(seconds=console.idle), timedelta(seconds=console.longest))
        seals = SealedWords(self.derived(b"second factors"))
        sessions = ConsoleSessions(self.store, self.clock, limits)
        signing_in = SigningIn(self.store, self.clock, guessing, sessions)
        return Administration(
            AdministratorAccounts(self.store, self.clock, self.passwords, seals),
            sessions,
            signing_in,
            ByPassword(self.store, self.clock, signing_in, self.passwords, seals),
            Challenging(self.clock, Handles(self.derived(b"console handles"))),
        )
