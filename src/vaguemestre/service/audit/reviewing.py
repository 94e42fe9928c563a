"""What an auditor does on a screen: see how the chain stands, have it walked, search the lines. domain.md §3.

A walk is itself a line of the journal, with all that it found, so that what a screen says of the last one is
the same in every process and after a restart. A search that names an account is a line too, of that account.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalId
from vaguemestre.service.accounts.keeping import AccountUnknown
from vaguemestre.service.audit.anchors import Anchor, Anchoring, AnchorInvalid, read_anchor
from vaguemestre.service.audit.auditing import Auditing, Given, Wanted, given
from vaguemestre.service.audit.chaining import Chaining
from vaguemestre.service.audit.faults import Fault, FaultKind
from vaguemestre.service.audit.stamping import AnchorStamp
from vaguemestre.service.audit.walk import moment_of
from vaguemestre.service.ports.audit import KeptLine
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.journal_search import LATEST, LinesAsked
from vaguemestre.service.ports.store import Store, Transaction

VERIFIED: Final = "audit_verified"
SEARCHED: Final = "audit_searched"

_TOLD: Final = 50  # faults that the journal keeps of a walk; a screen of them
_ANCHORS: Final = 14  # the latest
_LOOKED_THROUGH: Final = 200_000  # lines of a search, where no index helps
_AFTER: Final = timedelta(hours=1)  # by then nothing older is numbered any more
_AT_ONCE: Final = 5_000  # of them: some 3 ms


class WalkUnderWay(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """The chain is being walked for somebody else."""


class KeptAnchor(NamedTuple):
    """A file of the folder of anchors; None when it bears no signature of ours, or has no time stamp."""

    name: str
    anchor: Anchor | None
    stamp: AnchorStamp | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What a walk found, as the journal keeps it; ``found`` faults, of which the first are told."""

    at: datetime
    actor: str
    lines: int
    last: int
    anchors: int
    found: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class ChainState:
    """``walked``: how much of a walk that is under way is done, of 1."""

    lines: int
    waiting: int
    oldest_waiting: datetime | None
    anchors: tuple[KeptAnchor, ...]
    last: Checked | None
    walked: float | None


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looks for. ``by`` is who did it: an address, or an actor as the journal names him."""

    account: Address | None = None
    by: Address | str | None = None
    event: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


class FoundLine(NamedTuple):
    """A line, and whether it says what was recorded."""

    given: Given
    is_sound: bool


class FoundLines(NamedTuple):
    """``go_on``: where to look on from; None when there is nothing more."""

    lines: list[FoundLine]
    go_on: int | None


class Reviewing:
    """One walk at a time in a process."""

    def __init__(
        self, store: Store, clock: Clock, chaining: Chaining, auditing: Auditing, anchoring: Anchoring
    ) -> None:
        self._store = store
        self._clock = clock
        self._chaining = chaining
        self._auditing = auditing
        self._anchoring = anchoring
        self._walked: float | None = None

    async def state(self) -> ChainState:
        """As it stands. Raises StoreBusyError."""
        lines = await self._auditing.length()
        waiting, oldest = await self._store.read(lambda tx: tx.chain.waiting())
        entries = await self._store.read(lambda tx: tx.journal_search.found(_LAST_WALK, 1))
        return ChainState(
            lines,
            waiting,
            None if oldest is None else moment_of(oldest),
            tuple(await asyncio.to_thread(self._latest_anchors)),
            _checked(given(entries[0])) if entries else None,
            self._walked,
        )

    async def verify(self, operator: str) -> Checked:
        """Walk the whole chain, all that is committed now. Raises WalkUnderWay, StoreBusyError."""
        if self._walked is not None:
            raise WalkUnderWay
        self._walked = 0.0
        try:
            await self._chaining.chain_all()
            length = max(1, await self._auditing.length())
            found = await self._auditing.verify(
                await asyncio.to_thread(lambda: tuple(self._anchoring.files())),
                lambda reached: self._walk_to(min(1.0, reached / length)),
            )
        finally:
            self._walked = None
        now, actor = self._clock.now(), f"operator:{operator}"
        faults = found.faults[:_TOLD]
        checked = Checked(now, actor, found.lines, found.tip.seq, found.anchors, found.found, faults)
        entry = JournalEntry(now, actor, VERIFIED, None, _kept(checked))
        await self._store.write(lambda tx: tx.journal.record(entry), "verify audit")
        return checked

    async def events(self) -> list[str]:
        """The words the journal has for what was done. Raises StoreBusyError."""
        return await self._store.read(lambda tx: tx.journal_search.events())

    async def search(self, search: Search, operator: str, limit: int) -> FoundLines:
        """The latest lines first; recorded first where they concern an account. Raises AccountUnknown."""
        asked = await self._asked(search, operator)
        if asked.actor is None or asked.bal is not None:
            lines = await self._store.read(lambda tx: tx.journal_search.found(asked, limit + 1))
            return self._told(lines, limit, None)
        last = await self._store.read(lambda tx: tx.chain.last_id())
        top = min(asked.before, last + 1)
        bottom = max(asked.first, top - _LOOKED_THROUGH)
        found: list[KeptLine] = []
        while top > bottom and len(found) <= limit:
            piece = replace(asked, first=max(bottom, top - _AT_ONCE), before=top)
            found += await self._store.read(lambda tx: tx.journal_search.found(piece, limit + 1))  # noqa: B023 (run before the loop goes on)
            top = piece.first
            await asyncio.sleep(0)
        return self._told(found, limit, bottom if bottom > max(asked.first, 1) else None)

    def _told(self, lines: Sequence[KeptLine], limit: int, go_on: int | None) -> FoundLines:
        """``go_on``: where there may be more, when these are all of them."""
        told = [FoundLine(given(line), self._auditing.is_as_written(line)) for line in lines[:limit]]
        return FoundLines(told, lines[limit - 1].id if len(lines) > limit else go_on)

    async def export(self, search: Search, operator: str) -> AsyncIterator[Given]:
        """All that a search is for, by place; recorded. Raises AccountUnknown, StoreBusyError."""
        await self._chaining.chain_all()
        actor = await self._store.read(lambda tx: _actor(tx, search.by)[0])
        events = () if search.event is None else (search.event,)
        wanted = Wanted(search.since, search.until, search.account, events, actor)
        return await self._auditing.export(wanted, operator)

    def _walk_to(self, share: float) -> None:
        self._walked = share

    async def _asked(self, search: Search, operator: str) -> LinesAsked:
        now, recorder = self._clock.now(), f"operator:{operator}"

        def unit(tx: Transaction) -> LinesAsked:
            bal = _bal(tx, search.account)
            actor, concerned = _actor(tx, search.by)
            for number in {one for one in (bal, concerned) if one is not None}:
                detail = {} if search.event is None else {"event": search.event}
                tx.journal.record(JournalEntry(now, recorder, SEARCHED, BalId(number), detail))
            first = 0 if search.since is None else tx.journal_search.first_since(search.since)
            before = LATEST if search.before is None else search.before
            if search.until is not None:
                before = min(before, tx.journal_search.first_since(search.until + _AFTER))
            return LinesAsked(bal, actor, search.event, search.since, search.until, first, before)

        return await self._store.write(unit, "search audit")

    def _latest_anchors(self) -> list[KeptAnchor]:
        return [self._read(path) for path in list(self._anchoring.files())[: -_ANCHORS - 1 : -1]]

    def _read(self, path: Path) -> KeptAnchor:
        try:
            anchor = read_anchor(path.read_text("utf-8", "replace"), self._anchoring.verifier)
            return KeptAnchor(path.name, anchor, self._auditing.stamp_of(path, anchor.at))
        except (AnchorInvalid, OSError):
            return KeptAnchor(path.name, None)


_LAST_WALK: Final = LinesAsked(event=VERIFIED)


def _bal(tx: Transaction, address: Address | None) -> int | None:
    """Raises AccountUnknown."""
    if address is None:
        return None
    bal = tx.bals.by_address(address)
    if bal is None:
        raise AccountUnknown(f"No account has the address {address}")
    return bal.id


def _actor(tx: Transaction, by: Address | str | None) -> tuple[str | None, int | None]:
    """As the journal names him, and the account that he has. Raises AccountUnknown."""
    if by is None or isinstance(by, str):
        return by, None
    number = _bal(tx, by)
    return f"bal:{number}", number


def _kept(checked: Checked) -> dict[str, str]:
    kept = {
        "lines": str(checked.lines),
        "last": str(checked.last),
        "anchors": str(checked.anchors),
        "found": str(checked.found),
    }
    if checked.faults:
        kept["faults"] = json.dumps([_words(fault) for fault in checked.faults], separators=(",", ":"))
    return kept


def _words(fault: Fault) -> list[str]:
    since, until = (at.isoformat() if at is not None else "" for at in (fault.since, fault.until))
    return [fault.kind.value, str(fault.first), str(fault.last), since, until, Path(fault.source).name]


def _fault(words: Sequence[str]) -> Fault:
    kind, first, last, since, until, source = words
    return Fault(FaultKind(kind), int(first), int(last), _moment(since), _moment(until), source)


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _checked(line: Given) -> Checked | None:
    """None for a line that does not say what it should: the next walk tells."""
    said = line.detail
    try:
        lines, last, anchors, found = (int(said[name]) for name in ("lines", "last", "anchors", "found"))
        faults = tuple(map(_fault, json.loads(said.get("faults", "[]"))))
    except (KeyError, ValueError, TypeError):
        return None
    return Checked(line.at, line.actor, lines, last, anchors, found, faults)
