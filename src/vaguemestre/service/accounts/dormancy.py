"""Accounts in which nobody signs in: warned, suspended, closed, after three delays. domain.md §3.

At most one year without sign-in (CNIL AU-037), and never without a warning that had its whole time: a server
that was down for months, or a delay made shorter, begins by warning. A citizen's profile is not closed by
silence: Mon espace santé decides about it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import structlog

from vaguemestre.mail.bal import Bal, BalKind, BalState
from vaguemestre.policy.profiles import AskedBy, ProfileAct
from vaguemestre.service.accounts.keeping import AccountRefused
from vaguemestre.service.accounts.profiles import Profiles, Wish
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.presence import Presence
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.telling.notices import Notice, seal_notice

_ACTIVE: Final = frozenset({BalState.ACTIVE})
_IN_SERVICE: Final = frozenset({BalState.ACTIVE, BalState.SUSPENDED})

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Delays:
    """Days without sign-in; 0 for what is never done. ``kinds`` are those it is about."""

    warn: int = 335
    suspend: int = 0
    close: int = 365
    kinds: frozenset[BalKind] = frozenset(kind for kind in BalKind if kind.is_professional)

    def ends(self, presence: Presence) -> date | None:
        """The day on which an account that is warned will be suspended or closed, whichever is first."""
        if presence.warned_on is None:
            return None
        delays = [delay for delay in (self.suspend, self.close) if delay]
        days = (self._day(presence.seen_on, presence.warned_on, delay) for delay in delays)
        return min(days, default=None)

    def _day(self, seen_on: date, warned_on: date, delay: int) -> date:
        return max(seen_on + timedelta(delay), warned_on + self.grace(delay))

    def grace(self, delay: int) -> timedelta:
        """How long after the warning: as if it had come on its day."""
        return timedelta(max(0, delay - self.warn))


class Dormancy:
    """``hostname`` names this server."""

    def __init__(
        self, store: Store, vault: Vault, clock: Clock, profiles: Profiles, delays: Delays, hostname: str
    ) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._profiles = profiles
        self._delays = delays
        self._hostname = hostname

    @property
    def delays(self) -> Delays:
        """As they are set."""
        return self._delays

    async def quiet(self, limit: int = 10_000) -> list[tuple[Bal, Presence]]:
        """Those that are warned, or would be now; the longest ago first."""
        delays, today = self._delays, self._clock.now().date()
        if not delays.warn:
            return []
        seen_by = today - timedelta(delays.warn)
        found = [
            *await self._found(_IN_SERVICE, seen_by, None, limit),
            *await self._found(_IN_SERVICE, seen_by, today, limit),
        ]
        return sorted(found, key=lambda one: (one[1].seen_on, one[0].address.key))

    async def run_once(self, limit: int) -> int:
        """Warn, suspend and close, ``limit`` accounts of each at most; how many in all."""
        delays = self._delays
        if not delays.warn:
            return 0  # nothing is done without a warning
        done = await self._warn(limit)
        done += await self._end(delays.suspend, _ACTIVE, ProfileAct.SUSPEND, "rule:INA-2", limit)
        return done + await self._end(delays.close, _IN_SERVICE, ProfileAct.CLOSE, "rule:INA-3", limit)

    async def _warn(self, limit: int) -> int:
        now = self._clock.now()
        today = now.date()
        seen_by = today - timedelta(self._delays.warn)
        found = await self._found(_ACTIVE, seen_by, None, limit)
        for bal, presence in found:
            notice = _quiet_too_long(presence, self._delays.ends(Presence(presence.seen_on, today)))
            sealed = await seal_notice(self._vault, bal.id, bal.address, notice, self._hostname, now)

            def unit(tx: Transaction) -> None:
                known = tx.presences.of(bal.id)  # noqa: B023 (run before the loop goes on)
                if known != presence:  # noqa: B023 (the same)
                    return  # he came meanwhile
                tx.presences.warned(bal.id, today)  # noqa: B023 (the same)
                sealed.file(tx, bal.id, now)  # noqa: B023 (the same)
                detail = {"seen_on": presence.seen_on.isoformat()}  # noqa: B023 (the same)
                tx.journal.record(JournalEntry(now, "rule:INA-1", "account_warned", bal.id, detail))  # noqa: B023 (the same)

            await self._store.write(unit, "warn dormant account")
        if found:
            _log.info("dormant_accounts_warned", accounts=len(found))
        return len(found)

    async def _end(
        self, delay: int, states: frozenset[BalState], act: ProfileAct, actor: str, limit: int
    ) -> int:
        if not delay:
            return 0
        today = self._clock.now().date()
        warned_by = today - self._delays.grace(delay)
        found = await self._found(states, today - timedelta(delay), warned_by, limit)
        done = 0
        for bal, presence in found:
            wish = Wish(AskedBy.RULE, actor, f"no sign-in since {presence.seen_on:%Y-%m-%d}")
            try:
                await self._profiles.change(bal.address, act, wish)
            except AccountRefused as refused:
                _log.warning("dormant_account_kept", bal=bal.id, reason=str(refused))
                continue
            done += 1
            _log.info("dormant_account_ended", bal=bal.id, act=str(act))
        return done

    async def _found(
        self, states: frozenset[BalState], seen_by: date, warned_by: date | None, limit: int
    ) -> list[tuple[Bal, Presence]]:
        kinds = self._delays.kinds
        unit: Callable[[Transaction], list[tuple[Bal, Presence]]] = lambda tx: tx.presences.quiet(  # noqa: E731 (one question)
            kinds, states, seen_by, warned_by, limit
        )
        return await self._store.read(unit)


def _quiet_too_long(presence: Presence, ends: date | None) -> Notice:
    until_fr = f" Sans connexion avant le {ends:%d/%m/%Y}, elle ne sera plus accessible." if ends else ""
    until_en = f" Unless you sign in before {ends:%Y-%m-%d}, it will no longer be accessible." if ends else ""
    return Notice(
        subject_fr="Votre boîte aux lettres est inutilisée",
        subject_en="Your mailbox is not used",
        text_fr=f"Personne ne s'y est connecté depuis le {presence.seen_on:%d/%m/%Y}.{until_fr} "
        "Une connexion suffit pour la conserver.",
        text_en=f"Nobody has signed in since {presence.seen_on:%Y-%m-%d}.{until_en} "
        "To sign in once is enough to keep it.",
    )
