"""The directory is made anew when there is a newer file, and our accounts follow it. domain.md §7.

What it says of our ORG accounts' sector is taken over, since rules stand on it (domain.md §2); what it
does not say changes nothing. Whether an account is published is ours to say, not the file's.
"""

from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from vaguemestre.mail.bal import Bal, BalId, BalKind
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.directory import Directory, DirectoryRefused, DirectoryUpkeep
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction

_log = structlog.get_logger()
_AT_ONCE: Final = 50  # accounts in one unit: some 30 µs each


class DirectoryRenewal:
    """The worker's and the command line's hand on it. ``stale_after``: from which age the log warns."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        upkeep: DirectoryUpkeep,
        clock: Clock,
        stale_after: timedelta,
    ) -> None:
        self._store = store
        self._directory = directory
        self._upkeep = upkeep
        self._clock = clock
        self._stale_after = stale_after

    async def run_once(self, limit: int) -> int:
        """Look for a newer file, for the background worker; nothing ever remains to be done at once."""
        try:
            imported = await self._upkeep.renew()
        except (DirectoryRefused, OSError) as error:
            _log.warning("directory_not_renewed", reason=str(error))
            imported = None
        if imported is not None and imported.is_new:
            state = imported.state
            _log.info("directory_renewed", source=state.source, rows=state.rows, seconds=imported.seconds)
            await self.follow()
        state_now = await self._directory.state()
        if state_now is not None and self._clock.now() - state_now.published_at > self._stale_after:
            _log.warning("directory_stale", published_at=state_now.published_at.isoformat())
        return 0

    async def follow(self) -> int:
        """Give our ORG accounts the sectors that the directory says; how many changed."""
        changed, after = 0, BalId(0)
        while bals := await self._store.read(partial(_page, after)):
            after = bals[-1].id
            changed += await self._store.write(partial(self._describe, bals), "follow directory")
        return changed

    def _describe(self, bals: list[Bal], tx: Transaction) -> int:
        changed = 0
        for bal in bals:
            sectors = {listing.sector for listing in self._directory.listings(bal.address)} - {""}
            if len(sectors) != 1 or sectors == {bal.sector}:
                continue
            sector = sectors.pop()
            tx.bals.describe(bal.id, sector, is_unlisted=bal.is_unlisted)
            detail = {"sector": sector, "before": bal.sector or ""}
            entry = JournalEntry(self._clock.now(), "rule:directory", "account_described", bal.id, detail)
            tx.journal.record(entry)
            changed += 1
        return changed


def _page(after: BalId, tx: Transaction) -> list[Bal]:
    return tx.published.of_kind(BalKind.ORG, after, _AT_ONCE)
