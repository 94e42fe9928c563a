"""Accounts, their devices, their life and end, and who looks into them."""

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from vaguemestre.services.opened import Opened

if TYPE_CHECKING:
    from vaguemestre.service.access.grants import Accesses
    from vaguemestre.service.access.inspection import Inspection
    from vaguemestre.service.access.looking import Looking
    from vaguemestre.service.access.reading import Reading
    from vaguemestre.service.access.visits import Visits
    from vaguemestre.service.access.warrants import WarrantKeeping
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
    from vaguemestre.vault.signing import Signer


class BreakGlass(NamedTuple):
    """How administrators look into mailboxes, and read contents under a warrant."""

    looking: "Looking"
    warrants: "WarrantKeeping"
    reading: "Reading"


class OfAccounts(Opened):
    """Each is made when it is first asked for."""

    @cached_property
    def accounts(self) -> "Accounts":
        """Accounts: made, shown, found."""
        from vaguemestre.service.accounts.keeping import Accounts

        return Accounts(self.store, self.clock, self.policy, lambda: self.passwords)

    @cached_property
    def devices(self) -> "Devices":
        """Passwords of single devices."""
        from vaguemestre.service.accounts.devices import Devices

        return Devices(self.store, self.vault, self.clock, self.authentication, self.settings.hostname)

    @cached_property
    def accesses(self) -> "Accesses":
        """Who may read a bal that is not his."""
        from vaguemestre.service.access.grants import Accesses

        return Accesses(self.store, self.vault, self.clock, self.settings.hostname)

    @cached_property
    def birth_dates(self) -> "BirthDates":
        """Birth dates of minors."""
        from vaguemestre.service.accounts.birth_dates import BirthDates

        return BirthDates(self.store, self.clock)

    @cached_property
    def visits(self) -> "Visits":
        """What readers did, told to holders."""
        from vaguemestre.service.access.visits import Visits

        return Visits(self.store, self.vault, self.clock, self.settings.hostname)

    @cached_property
    def aliases(self) -> "Aliases":
        """Further addresses of an account."""
        from vaguemestre.service.accounts.aliases import Aliases

        return Aliases(self.store, self.vault, self.clock, self.policy, self.settings.hostname)

    @cached_property
    def profiles(self) -> "Profiles":
        """The states of accounts, and who leaves."""
        from vaguemestre.service.accounts.profiles import Profiles

        return Profiles(self.store, self.vault, self.clock, self.archiving, self.settings.hostname)

    @cached_property
    def dormancy(self) -> "Dormancy":
        """Accounts in which nobody signs in."""
        from vaguemestre.configured import delays_of
        from vaguemestre.service.accounts.dormancy import Dormancy

        return Dormancy(
            self.store,
            self.vault,
            self.clock,
            self.profiles,
            delays_of(self.settings),
            self.settings.hostname,
        )

    @cached_property
    def erasing(self) -> "Erasing":
        """Erasures on request, and their certificates."""
        from vaguemestre.service.accounts.erasing import Erasing
        from vaguemestre.vault.archive import VaultArchive

        return Erasing(
            self.store, self.vault, VaultArchive(self.vault), self.clock, self.signer, self.settings.hostname
        )

    @cached_property
    def signer(self) -> "Signer":
        """What signs certificates of erasure."""
        from vaguemestre.vault.signing import Signer

        return Signer(self.derived(b"certificates of erasure"))

    @cached_property
    def archiving(self) -> "Archiving":
        """What citizens leave behind, for ten years."""
        from vaguemestre.service.accounts.archiving import Archiving
        from vaguemestre.vault.archive import VaultArchive
        from vaguemestre.vault.archive_keys import load_public

        public = self.settings.archive.public_key
        recipient = load_public(public) if public else None
        return Archiving(
            self.store, VaultArchive(self.vault), self.clock, recipient, self.settings.archive.years
        )

    @cached_property
    def archive_opening(self) -> "ArchiveOpening":
        """Archives opened with the private key."""
        from vaguemestre.service.accounts.archive_opening import ArchiveOpening
        from vaguemestre.vault.archive import VaultArchive

        return ArchiveOpening(self.store, VaultArchive(self.vault), self.clock)

    @cached_property
    def inspection(self) -> "Inspection":
        """What an operator sees of a bal."""
        from vaguemestre.service.access.inspection import Inspection

        return Inspection(self.store, self.vault, self.clock, self.settings.hostname, self.retention)

    @cached_property
    def break_glass(self) -> "BreakGlass":
        """Contents read under a warrant."""
        from vaguemestre.service.access.looking import Looking
        from vaguemestre.service.access.reading import Reading
        from vaguemestre.service.access.warrants import WarrantKeeping, WarrantTerms

        console = self.settings.console
        lasts, waits = timedelta(seconds=console.reading), timedelta(seconds=console.deciding)
        terms = WarrantTerms(console.second_person, lasts, waits)
        return BreakGlass(
            Looking(self.store, self.vault, self.clock, self.settings.hostname, self.policy, self.retention),
            WarrantKeeping(self.store, self.vault, self.clock, terms, self.settings.hostname),
            Reading(self.store, self.vault, self.clock, self.settings.hostname),
        )

    @cached_property
    def strangers(self) -> "Strangers":
        """People elsewhere, forgotten when nothing names them."""
        from vaguemestre.service.accounts.strangers import Strangers

        return Strangers(self.store, self.clock)
