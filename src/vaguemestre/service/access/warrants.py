"""Warrants: an administrator may read the contents of one bal, for a reason, for a while. domain.md §2.

He asks with a reason. Where the settings want a second person, another administrator decides: nobody decides
of what he asked himself, and what nobody decides lapses. What is granted is told to the holder in INBOX,
where nobody overlooks it, in the unit of work that grants; it ends by the clock, or when it is revoked.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from vaguemestre.mail.bal import Bal, BalId
from vaguemestre.mail.sentence import Sentence
from vaguemestre.policy.administration import Permission, may
from vaguemestre.service.access.reading_notices import reading_allowed, reading_ended
from vaguemestre.service.ports.administrator import Administrator, AdministratorId
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.vault import Vault
from vaguemestre.service.ports.warrant import Warrant, WarrantId, WarrantState
from vaguemestre.service.telling.notices import Notice, SealedNotice, seal_notice

LONGEST_REASON: Final = 500  # characters; it stands in notices
LISTED: Final = 100
_KEPT_FOR: Final = timedelta(days=365)  # domain.md §3: traces 6 to 12 months


class WarrantRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """It cannot be asked, decided or revoked so; the sentence says why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.sentence = sentence


class WarrantUnknown(Exception):  # noqa: N818 (a decision too)
    """There is none of that number."""


@dataclass(frozen=True, slots=True)
class WarrantTerms:
    """``lasts`` once granted; ``waits`` for a second person, where one is wanted."""

    needs_second: bool = False
    lasts: timedelta = timedelta(minutes=30)
    waits: timedelta = timedelta(days=1)


class Named(NamedTuple):
    """A warrant with its bal, and the names of those who asked, decided and ended it."""

    warrant: Warrant
    state: WarrantState
    bal: Bal
    asker: str
    decider: str | None
    ender: str | None


class WarrantKeeping:
    """Asks for them, decides, revokes. ``hostname`` names this server in message identifiers."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, terms: WarrantTerms, hostname: str) -> None:
        self.terms = terms
        self._store = store
        self._vault = vault
        self._clock = clock
        self._hostname = hostname

    async def ask(self, bal: BalId, who: Administrator, reason: str) -> WarrantId:
        """What he has already, or a new one. Raises WarrantUnknown without such a bal, WarrantRefused."""
        said = " ".join(reason.split())
        if not said or len(said) > LONGEST_REASON or not said.isprintable():
            raise WarrantRefused(
                Sentence(
                    fr=f"Il faut un motif, de {LONGEST_REASON} caractères au plus : le titulaire le lira",
                    en=f"A reason is needed, of {LONGEST_REASON} characters at most: the holder will read it",
                )
            )
        now, holder = self._clock.now(), await self._bal(bal)
        lasts_until, terms = now + self.terms.lasts, self.terms
        notice = None
        if not terms.needs_second:
            notice = await self._sealed(holder, reading_allowed(who.name, None, lasts_until, said))

        def unit(tx: Transaction) -> WarrantId:
            running = tx.warrants.running(bal, who.id, now)
            if running is not None:
                return running.id
            if terms.needs_second and not _others(tx, who):
                raise WarrantRefused(_ALONE)
            tx.warrants.forget(now - _KEPT_FOR)
            made = tx.warrants.ask(bal, who.id, said, now, now + terms.waits)
            detail = {"warrant": str(made), "reason": said}
            tx.journal.record(JournalEntry(now, _actor(who), "reading_asked", bal, detail))
            if notice is not None:
                tx.warrants.grant(made, None, now, lasts_until)
                self._allowed(tx, notice, holder, who, detail)
            return made

        return await self._store.write(unit, "ask for a warrant")

    async def grant(self, warrant: WarrantId, who: Administrator) -> None:
        """He may read from now on. Raises WarrantUnknown, WarrantRefused."""
        named, now = await self.named(warrant), self._clock.now()
        asked, until = named.warrant, now + self.terms.lasts
        allowed = reading_allowed(named.asker, who.name, until, asked.reason)
        notice = await self._sealed(named.bal, allowed)

        def unit(tx: Transaction) -> None:
            if not tx.warrants.grant(warrant, who.id, now, until):
                raise WarrantRefused(_why_not(tx.warrants.by_id(warrant), who.id))
            detail = {"warrant": str(warrant), "reason": asked.reason, "for": f"operator:{named.asker}"}
            self._allowed(tx, notice, named.bal, who, detail)

        await self._store.write(unit, "grant a warrant")

    async def refuse(self, warrant: WarrantId, who: Administrator) -> None:
        """He may not. Raises WarrantUnknown, WarrantRefused."""
        named, now = await self.named(warrant), self._clock.now()

        def unit(tx: Transaction) -> None:
            if not tx.warrants.refuse(warrant, who.id, now):
                raise WarrantRefused(_why_not(tx.warrants.by_id(warrant), who.id))
            detail = {"warrant": str(warrant), "for": f"operator:{named.asker}"}
            tx.journal.record(JournalEntry(now, _actor(who), "reading_refused", named.bal.id, detail))

        await self._store.write(unit, "refuse a warrant")

    async def revoke(self, warrant: WarrantId, who: Administrator) -> None:
        """It ends now; if it was granted, the holder is told. Raises WarrantUnknown, WarrantRefused."""
        named, now = await self.named(warrant), self._clock.now()
        notice = await self._sealed(named.bal, reading_ended(named.asker, who.name))

        def unit(tx: Transaction) -> None:
            before = tx.warrants.by_id(warrant)
            if before is None or not tx.warrants.revoke(warrant, who.id, now):
                raise WarrantRefused(_OVER)
            if before.written is WarrantState.GRANTED:
                notice.record(tx, named.bal.id, now)
            detail = {"warrant": str(warrant), "for": f"operator:{named.asker}"}
            tx.journal.record(JournalEntry(now, _actor(who), "reading_revoked", named.bal.id, detail))

        await self._store.write(unit, "revoke a warrant")

    async def named(self, warrant: WarrantId) -> Named:
        """One. Raises WarrantUnknown."""
        now = self._clock.now()

        def unit(tx: Transaction) -> list[Named]:
            found = tx.warrants.by_id(warrant)
            return [] if found is None else _named(tx, [found], now)

        found = await self._store.read(unit)
        if not found:
            raise WarrantUnknown(f"There is no warrant {warrant}")
        return found[0]

    async def latest(self) -> list[Named]:
        """The latest asked first."""
        now = self._clock.now()
        return await self._store.read(lambda tx: _named(tx, tx.warrants.latest(LISTED), now))

    async def waiting_for(self, who: Administrator) -> int:
        """How many of the latest wait for his decision."""
        if not may(who.role, Permission.LET_READ):
            return 0
        found = await self.latest()
        return sum(one.state is WarrantState.ASKED and one.warrant.asker != who.id for one in found)

    def _allowed(
        self,
        tx: Transaction,
        notice: SealedNotice,
        bal: Bal,
        who: Administrator,
        detail: dict[str, str],
    ) -> None:
        now = self._clock.now()
        notice.file_and_record(tx, bal.id, now)
        tx.journal.record(JournalEntry(now, _actor(who), "reading_granted", bal.id, detail))

    async def _bal(self, bal: BalId) -> Bal:
        found = await self._store.read(lambda tx: tx.bals.by_id(bal))
        if found is None:
            raise WarrantUnknown(f"There is no mailbox {bal}")
        return found

    async def _sealed(self, bal: Bal, notice: Notice) -> SealedNotice:
        now = self._clock.now()
        return await seal_notice(self._vault, bal.id, bal.address, notice, self._hostname, now)


_OVER: Final = Sentence(
    fr="Cette demande n'attend plus : elle a été décidée, retirée, ou son temps est passé",
    en="This does not wait any more: it was decided or revoked, or its time is over",
)
_ALONE: Final = Sentence(
    fr="Il faut l'accord d'un second opérateur, et il n'y en a pas d'autre que vous",
    en="It takes the consent of a second operator, and there is none but you",
)
_HIS_OWN: Final = Sentence(
    fr="Personne ne décide de sa propre demande : il faut un autre opérateur",
    en="Nobody decides of what he asked himself: it takes another operator",
)


def _others(tx: Transaction, who: Administrator) -> list[Administrator]:
    """Those who could decide of what he asks."""
    return [
        one
        for one in tx.administrators.all()
        if one.id != who.id and one.is_enabled and may(one.role, Permission.LET_READ)
    ]


def _why_not(found: Warrant | None, who: AdministratorId) -> Sentence:
    return _HIS_OWN if found is not None and found.asker == who else _OVER


def _actor(who: Administrator) -> str:
    return f"operator:{who.name}"


def _named(tx: Transaction, found: list[Warrant], now: datetime) -> list[Named]:
    names = {one.id: one.name for one in tx.administrators.all()}
    told = []
    for one in found:
        bal = tx.bals.by_id(one.bal)
        if bal is not None:
            decider = None if one.decider is None else names.get(one.decider)
            ender = None if one.ender is None else names.get(one.ender)
            told.append(Named(one, one.state_at(now), bal, names.get(one.asker, "?"), decider, ender))
    return told
