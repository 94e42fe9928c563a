"""The trust list is kept up to date: fetched, judged, put on the shelf, taken. domain.md §6.

The list in force is the last good one. Whatever comes and is not better (cut short, unsigned, older) changes
nothing but the log; what nobody would notice otherwise is that nothing good comes any more, so its age is
told: a warning after some days, and after more days it is not acted on (``trust_space``).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from vaguemestre.mail.trust_list import TrustDifference, TrustList
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.trust_list import (
    ListFault,
    TrustListReader,
    TrustListRefused,
    TrustListShelf,
    TrustListSource,
    VerifiedList,
)
from vaguemestre.service.trust.recording import TrustJournal
from vaguemestre.service.trust.space import TrustSpace

_EARLY: Final = timedelta(
    hours=1
)  # a publisher whose clock is ahead; a list of next year would bar all others
_AGAIN: Final = timedelta(minutes=5)  # after a failure
_TOLD: Final = 20  # entries in one log line
_SHRUNK: Final = 10  # one domain in so many gone at once is no ordinary day, however well it is signed

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KeepingTerms:
    """``every``: the time between two looks at the source; ``warn_after``: the age that is told.

    ``most_gone``: of a hundred domains, how many may be gone from one list to the next.
    """

    every: timedelta
    warn_after: timedelta
    longest_age: timedelta
    most_gone: int = 100


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did; ``difference`` is None when the source had nothing new."""

    difference: TrustDifference | None
    found: VerifiedList | None = None
    is_first: bool = False


class TrustKeeping:
    """Where the list comes from, who verifies it, where it is kept, and who acts on it."""

    def __init__(
        self,
        space: TrustSpace,
        source: TrustListSource,
        reader: TrustListReader,
        shelf: TrustListShelf,
        clock: Clock,
        terms: KeepingTerms,
        journal: TrustJournal | None = None,
    ) -> None:
        """``journal``: of a server; a command writes its own line."""
        self.space = space
        self.source = source
        self.terms = terms
        self.held: VerifiedList | None = None
        self._reader = reader
        self._shelf = shelf
        self._clock = clock
        self._journal = journal
        self._due: datetime | None = None

    async def begin(self) -> None:
        """Before the doors open: what was kept; the first time, what the source has."""
        self._tell_of(await self.load())
        if self.space.current is None:
            await self.run_once(1)

    async def load(self) -> Refreshed:
        """Take what was kept. What cannot be taken is told, and left where it is."""
        try:
            octets = await self._shelf.load()
            if octets is None:
                return Refreshed(None)
            found = await self._reader.read(octets, self._clock.now(), fresh=False)
        except TrustListRefused as refused:
            _log.error("kept_trust_list_refused", fault=refused.fault, reason=refused.sentence.en)
        except OSError as error:
            _log.error("kept_trust_list_unreadable", reason=str(error))
        else:
            if self.held is None or found.trust_list.generated_at >= self.held.trust_list.generated_at:
                return self._take(found)
        return Refreshed(None)

    async def verify(self, octets: bytes, *, may_shrink: bool = False) -> VerifiedList:
        """What would be taken if it came now. Raises TrustListRefused, OSError.

        ``may_shrink``: somebody has said that it is meant.
        """
        now = self._clock.now()
        found = await self._reader.read(octets, now, fresh=True)
        generated_at = found.trust_list.generated_at
        if generated_at > now + _EARLY:
            raise _refused(ListFault.EARLY, generated_at, "est datée du futur", "is dated in the future")
        if now - generated_at > self.terms.longest_age:
            raise _refused(ListFault.OLD, generated_at, "est trop ancienne", "is too old")
        held = self.space.generated_at
        if held is not None and generated_at < held:
            raise _refused(
                ListFault.ROLLED_BACK,
                generated_at,
                "précède celle en vigueur",
                "is older than the one held",
            )
        if not may_shrink:
            self._check_size(found.trust_list)
        return found

    def _check_size(self, fresh: TrustList) -> None:
        """Who is gone can neither write nor be written to: a slip, or worse, even if it is well signed."""
        before = self.space.current
        if before is None:
            return
        gone, of = len(fresh.since(before).gone), len(before.domains())
        if gone * 100 > self.terms.most_gone * of:
            raise _refused(
                ListFault.SHRUNK,
                fresh.generated_at,
                f"perd {gone} domaines sur {of} (most_gone) : si c'est voulu, trust refresh --accept-shrink",
                f"loses {gone} domains of {of} (most_gone): if that is meant, trust refresh --accept-shrink",
            )

    async def refresh(self, *, may_shrink: bool = False) -> Refreshed:
        """Look at the source, and take what it has if it is good. Raises TrustListRefused, OSError."""
        octets = await self.source.fetch()
        if octets is None:
            return Refreshed(None)
        found = await self.verify(octets, may_shrink=may_shrink)
        await self._shelf.save(octets)
        self.source.taken()
        return self._take(found)

    async def follow(self, limit: int) -> int:
        """Take what a command, or another process, has put in place; never as many as ``limit``."""
        del limit  # there is one list
        if self._shelf.is_changed():
            self._tell_of(await self.load())
        return 0

    async def run_once(self, limit: int) -> int:
        """Look again when it is time, for the background worker: never as many as ``limit``."""
        await self.follow(limit)
        if self._journal is not None:
            await self._journal.pay()
        now = self._clock.now()
        if self._due is not None and now < self._due:
            return 0
        self._due = now + self.terms.every
        before = self.space.generated_at
        try:
            done = await self.refresh()
        except (TrustListRefused, OSError) as error:
            self._due = now + min(_AGAIN, self.terms.every)
            self._tell(error)
        else:
            self._tell_of(done)
            await self._record(done, before)
        self._alarm()
        return 0

    async def _record(self, done: Refreshed, before: datetime | None) -> None:
        """What was in force before, and was read again after a start, is not worth a line."""
        if self._journal is None or done.found is None or done.difference is None:
            return
        if done.difference or done.found.trust_list.generated_at != before:
            await self._journal.record(done.found, done.difference)

    def _take(self, found: VerifiedList) -> Refreshed:
        before = self.space.current
        self.held = found
        self.space.take(found.trust_list)
        return Refreshed(found.trust_list.since(before or _NONE), found, before is None)

    def _tell(self, error: TrustListRefused | OSError) -> None:
        if isinstance(error, TrustListRefused):
            _log.error(
                "trust_list_refused", source=self.source.name, fault=error.fault, reason=error.sentence.en
            )
        else:
            _log.warning("trust_list_not_fetched", source=self.source.name, reason=str(error))

    def _tell_of(self, done: Refreshed) -> None:
        difference, found = done.difference, done.found
        if difference is None or found is None:
            return
        _log.info(
            "trust_list_taken",
            generated_at=found.trust_list.generated_at.isoformat(),
            entries=len(found.trust_list),
            added=len(difference.added),
            gone=len(difference.gone),
            changed=len(difference.changed),
        )
        domains = len(found.trust_list.domains()) + len(difference.gone) - len(difference.added)
        if len(difference.gone) * _SHRUNK > domains:
            _log.warning("trust_list_shrunk", gone=len(difference.gone), of=domains)
        if found.skipped:
            told = [f"{one.domain}: {one.reason}" for one in found.skipped[:_TOLD]]
            _log.warning("trust_list_entries_skipped", count=len(found.skipped), first=told)

    def _alarm(self) -> None:
        age = self.space.age
        if age is None:
            _log.error("trust_list_missing", source=self.source.name)
        elif not self.space.is_current:
            _log.error("trust_list_too_old", days=age.days, deferred="mail of other operators")
        elif age > self.terms.warn_after:
            _log.warning("trust_list_old", days=age.days, deferred_after=self.terms.longest_age.days)


def _refused(fault: ListFault, generated_at: datetime, french: str, english: str) -> TrustListRefused:
    made = f"{generated_at:%Y-%m-%d %H:%M} UTC"
    return TrustListRefused(fault, f"La liste du {made} {french}.", f"The list of {made} {english}.")


_NONE: Final = TrustList(datetime(1970, 1, 1, tzinfo=UTC), ())
