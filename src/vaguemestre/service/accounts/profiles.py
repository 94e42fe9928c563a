"""The life of an account: activated, suspended, opposed, closed, opened again. domain.md §2, profile states.

Which state may follow which is ``policy.profiles``'s table. The state changes at once, in one unit of work,
and from there on nothing comes in and nobody signs in. What follows takes longer, because a professional
may have thousands of conversations open: they are closed in steps, by whoever asked or by the worker.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import Bal, BalId, BalKind, BalState
from vaguemestre.mail.conversation import ClosedBy
from vaguemestre.policy.profiles import AskedBy, ProfileAct, acts_open_to, leaves, passage
from vaguemestre.service.accounts.archiving import Archiving
from vaguemestre.service.accounts.keeping import AccountRefused, AccountUnknown
from vaguemestre.service.conversations.life import close_pairs
from vaguemestre.service.held.cancelling import cancel_all
from vaguemestre.service.ports.archive import ArchiveState
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.departure import Departure
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.telling.notices import SealedNotice, mailbox_open_again, seal_notice

PAIRS_AT_ONCE: Final = 30  # 100 take three times as long, and whoever else writes waits for them

_EVENTS: Final = {
    ProfileAct.ACTIVATE: "account_activated",
    ProfileAct.SUSPEND: "account_suspended",
    ProfileAct.RESUME: "account_resumed",
    ProfileAct.OPPOSE: "account_opposed",
    ProfileAct.CLOSE: "account_closed",
    ProfileAct.REOPEN: "account_reopened",
}

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wish:
    """By whose will, who does it (as ``JournalEntry.actor``), and why: words of the operator's own."""

    by: AskedBy
    actor: str
    reason: str = ""

    @property
    def detail(self) -> dict[str, str]:
        """For the journal."""
        reason = " ".join(self.reason.split())
        return {"asked_by": str(self.by)} | ({"reason": reason} if reason else {})


def by_operator(name: str, reason: str = "", by: AskedBy = AskedBy.OPERATOR) -> Wish:
    """What an operator types, of his own accord or because the holder has asked."""
    return Wish(by, f"operator:{name}", reason)


class Profiles:
    """Changes states, and sees to those who left. ``hostname`` names this server."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, archiving: Archiving, hostname: str) -> None:
        self._store = store
        self._archiving = archiving
        self._vault = vault
        self._clock = clock
        self._hostname = hostname

    async def change(self, address: Address, act: ProfileAct, wish: Wish) -> Bal:
        """The account as it is afterwards. Raises AccountUnknown, AccountRefused.

        Of one that leaves, conversations may still be open, and a citizen's content is still to be
        archived: ``finish`` does it.
        """
        now = self._clock.now()
        notice = await self._welcome(address, act)

        def unit(tx: Transaction) -> Bal:
            bal = _account(tx, address)
            row = passage(bal.kind, bal.state, act, wish.by)
            if row is None:
                raise AccountRefused(_refusal(bal, act, wish.by))
            if leaves(bal.state) and tx.departures.of(bal.id) is not None:
                raise AccountRefused("Its conversations are still being closed: try again in a moment")
            if tx.erasures.of(bal.id) is not None:
                raise AccountRefused("It is still being erased: try again in a moment")
            if any(archive.state is ArchiveState.SEALING for archive in tx.archives.of(bal.id)):
                raise AccountRefused("Its content is still being archived: try again in a moment")
            tx.bals.set_state(bal.id, row.to)
            if leaves(row.to):
                cancel_all(tx, bal.id, wish.actor, now)
                if bal.kind is BalKind.CITIZEN:
                    self._archiving.begin(tx, bal, now)
                tx.departures.begin(Departure(bal.id, wish.actor, now))
            if row.to is BalState.ACTIVE:
                tx.presences.note(bal.id, now.date())  # or silence would end it again the same day
            tx.journal.record(JournalEntry(now, wish.actor, _EVENTS[act], bal.id, wish.detail))
            if notice is not None:
                notice.file(tx, bal.id, now)
            return tx.bals.by_id(bal.id) or bal

        return await self._store.write(unit, f"account {act}", is_long=True)

    async def finish(self, bal: Bal, progress: Callable[[int], None] | None = None) -> int:
        """Close the conversations of an account that has left, and archive what it holds: how many closed.

        ``progress`` hears how many messages or conversations each step was about.
        """
        done = 0
        while (departure := await self._departure(bal.id)) is not None:
            closed = await self._close_some(departure)
            done += closed
            if progress is not None:
                progress(closed)
        await self._archiving.finish(bal.id, progress)
        return done

    async def run_once(self, limit: int) -> int:
        """A step for each of some accounts that have left, for the background worker."""
        departures = await self._store.read(lambda tx: tx.departures.oldest(max(1, limit // PAIRS_AT_ONCE)))
        for departure in departures:
            closed = await self._close_some(departure)
            _log.info("conversations_of_leaver_closed", bal=departure.bal, conversations=closed)
        return limit if departures else 0

    async def _departure(self, bal: BalId) -> Departure | None:
        return await self._store.read(lambda tx: tx.departures.of(bal))

    async def _close_some(self, departure: Departure) -> int:
        """Some of its pairs; none left: the departure ends. The correspondents are owed a notice by that."""
        now = self._clock.now()

        def unit(tx: Transaction) -> int:
            bal = tx.bals.by_id(departure.bal)
            pairs = tx.departures.open_pairs(bal, PAIRS_AT_ONCE) if bal is not None else []
            closed = close_pairs(tx, pairs, ClosedBy.ACCOUNT, departure.actor, now)
            if not pairs:
                tx.departures.end(departure.bal)
            return len(closed)

        return await self._store.write(unit, "close conversations of leaver", is_long=True)

    async def _welcome(self, address: Address, act: ProfileAct) -> SealedNotice | None:
        """What the holder will find when he comes back."""
        if act not in {ProfileAct.RESUME, ProfileAct.REOPEN}:
            return None
        bal = await self._store.read(lambda tx: _account(tx, address))
        notice = mailbox_open_again(bal.kind if act is ProfileAct.REOPEN else None)
        return await seal_notice(self._vault, bal.id, bal.address, notice, self._hostname, self._clock.now())


def _account(tx: Transaction, address: Address) -> Bal:
    bal = tx.bals.by_address(address)
    if bal is None:
        raise AccountUnknown(f"No account has the address {address}")
    return bal


def _refusal(bal: Bal, act: ProfileAct, by: AskedBy) -> str:
    possible = acts_open_to(bal.kind, bal.state)
    if act in possible:
        return f"This account is {bal.state}: to {act} it is not for the {by} to ask"
    may = f"; it can: {', '.join(possible)}" if possible else ""
    return f"This account is {bal.state} ({bal.kind}): it cannot {act}{may}"
