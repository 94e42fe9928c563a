"""Store and vault opened, and the services over them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from vaguemestre.services.accounts import OfAccounts
from vaguemestre.services.conversations import OfConversations
from vaguemestre.services.house import OfTheHouse
from vaguemestre.services.mail import OfMail
from vaguemestre.services.opened import Ground, journal_keys

if TYPE_CHECKING:
    from vaguemestre.service.ports.clock import Clock
    from vaguemestre.service.sign_in.hashing import Hashing
    from vaguemestre.settings import Settings
    from vaguemestre.store.company import Company


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Aware, UTC."""
        return datetime.now(UTC)


class Services(OfAccounts, OfConversations, OfMail, OfTheHouse):
    """Everything a door or a command may call."""

    def make_all(self) -> None:
        """Nothing is left to be made, or to be found wrong, while mail goes on. Raises what making does."""
        for room in type(self).__mro__:
            for name, member in vars(room).items():
                if isinstance(member, cached_property):
                    getattr(self, name)

    async def close(self) -> None:
        """What was made of those that hold something open."""
        made = vars(self)
        if "directory" in made:
            self.directory.close()
        if "authentication" in made:
            from vaguemestre.service.ports.store import StoreBusyError

            self.authentication.close()
            with suppress(StoreBusyError):
                await self.authentication.journal.close()


@asynccontextmanager
async def open_services(
    settings: "Settings",
    clock: "Clock",
    hashing: "Hashing | None" = None,
    company: "Company | None" = None,
) -> AsyncIterator[Services]:
    """The services over an open store and vault, both brought up to date first; closed on the way out.

    ``company``: the processes that serve with this one. Raises MasterKeyError, SchemaError, StoreBusyError,
    OSError; NewerSchemaError before anything is touched.
    """
    from vaguemestre.configured import masters_of, objects_of
    from vaguemestre.service.health.figures import Figures
    from vaguemestre.service.sign_in.hashing import RECOMMENDED
    from vaguemestre.store.company import ALONE
    from vaguemestre.store.open import check_not_newer, open_store
    from vaguemestre.vault.open import open_vault

    keys, objects, figures = masters_of(settings), objects_of(settings), Figures()
    check_not_newer(settings.database.url)  # a vault that is opened is swept, and gets keys for the month
    vault = await open_vault(settings.keys.url, keys, objects, settings.objects.spool)
    try:
        key, _ = journal_keys(vault)
        store = await open_store(settings.database.url, key, figures=figures, company=company or ALONE)
        try:
            services = Services(Ground(settings, clock, store, vault, figures, hashing or RECOMMENDED))
            try:
                yield services
            finally:
                await services.close()
        finally:
            await store.close()
    finally:
        await vault.close()
