"""Verifying the chain over the journal, and giving its lines out: what an auditor asks for.

Both read in pages, so that mail goes on meanwhile, and both see what is committed: lines that wait for their
place are counted apart and told.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from vaguemestre.mail.address import Address
from vaguemestre.service.accounts.erasure_certificate import Verifies
from vaguemestre.service.accounts.keeping import AccountUnknown
from vaguemestre.service.audit.anchors import AnchorInvalid, read_anchor
from vaguemestre.service.audit.chain import is_emptied, is_sealed
from vaguemestre.service.audit.faults import Fault, FaultKind
from vaguemestre.service.audit.stamping import AnchorStamp, stamp_of
from vaguemestre.service.audit.vouchers import FORGOTTEN, REDACTED, RESUMED, Vouchers
from vaguemestre.service.audit.walk import Mark, Walk, moment_of
from vaguemestre.service.ports.audit import KeptLine, Link, Witness
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, Transaction
from vaguemestre.service.ports.time_stamps import TimeStamps

_PAGE: Final = 500  # lines: some 3 ms to read, as much to weigh
_MOST_COPIES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Verified:
    """What a walk found. ``found`` counts the faults, of which the first thousand are told."""

    lines: int
    emptied: int
    tip: Link
    anchors: int
    waiting: int
    oldest_waiting: datetime | None
    faults: tuple[Fault, ...]
    found: int
    stamps: tuple[AnchorStamp, ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return not self.found


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines to give out; None and empty are all. ``until`` is excluded."""

    since: datetime | None = None
    until: datetime | None = None
    mailbox: Address | None = None
    events: tuple[str, ...] = ()
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A line as it is given out."""

    line: int | None
    at: datetime
    actor: str
    event: str
    bal: int | None
    detail: Mapping[str, str] = field(default_factory=dict)
    head: str = ""
    is_emptied: bool = False

    @property
    def json(self) -> str:
        """On one line."""
        said = {
            "line": self.line,
            "at": self.at.isoformat(),
            "actor": self.actor,
            "event": self.event,
            "bal": self.bal,
            "detail": dict(self.detail),
            "head": self.head,
            "emptied": self.is_emptied,
        }
        return json.dumps(said, ensure_ascii=False)


class Auditing:
    """``key`` is the chain's, ``verifier`` that of anchors; without ``stamps`` theirs are not believed."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        key: bytes,
        witness: Witness,
        verifier: Verifies,
        stamps: TimeStamps | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._key = key
        self._witness = witness
        self._verifier = verifier
        self._stamps = stamps

    async def length(self) -> int:
        """How many lines the chain has, those forgotten included."""
        tip = await self._store.read(lambda tx: tx.chain.tip())
        return 0 if tip is None else tip.seq

    def is_as_written(self, line: KeptLine) -> bool:
        """Whether a line says what was recorded, or was emptied, of which a walk knows whether it may be."""
        return line.seal is None or is_emptied(line) or is_sealed(self._key, line)

    async def verify(
        self, anchors: Sequence[Path] = (), progress: Callable[[int], None] = lambda _: None
    ) -> Verified:
        """Walk the whole chain; ``progress`` hears how far. Raises StoreBusyError, OSError."""
        marks, faults, stamps = await self._marks(anchors)
        vouchers = await self._vouchers()
        marks = [mark for mark in marks if not vouchers.excuse(mark.link.seq, mark.at)]
        walk = Walk(self._key, vouchers, marks, await self.length())
        while lines := await self._store.read(lambda tx: tx.chain.after(walk.last, _PAGE)):
            for line in lines:
                walk.take(line)
            progress(walk.last)
            await asyncio.sleep(0)
        walk.end()
        for seal in walk.maybe_copied[:_MOST_COPIES]:
            walk.copied(await self._store.read(lambda tx: tx.chain.sealed_so(seal)))  # noqa: B023 (run before the loop goes on)
        waiting, oldest = await self._store.read(lambda tx: tx.chain.waiting())
        tip = await self._store.read(lambda tx: tx.chain.at(walk.last))
        return Verified(
            walk.lines,
            walk.emptied,
            Link(walk.last, b"" if tip is None or tip.head is None else tip.head),
            sum(1 for mark in marks if mark.source),
            waiting,
            None if oldest is None else moment_of(oldest),
            (*faults, *walk.faults),
            len(faults) + walk.found,
            tuple(stamps),
        )

    def stamp_of(self, path: Path, anchored: datetime) -> AnchorStamp | None:
        """What is beside the file of an anchor, verified. Blocking. Raises OSError."""
        return stamp_of(path, anchored, self._stamps)

    async def export(self, wanted: Wanted, operator: str) -> AsyncIterator[Given]:
        """The chained lines that are wanted, by place; first of all a line says who took them out.

        Raises AccountUnknown, StoreBusyError.
        """
        now = self._clock.now()

        def begin(tx: Transaction) -> tuple[int | None, int]:
            bal = None if wanted.mailbox is None else tx.bals.by_address(wanted.mailbox)
            if wanted.mailbox is not None and bal is None:
                raise AccountUnknown(f"No account has the address {wanted.mailbox}")
            number = None if bal is None else bal.id
            tx.journal.record(
                JournalEntry(now, f"operator:{operator}", "audit_exported", number, _said(wanted))
            )
            tip = tx.chain.tip()
            return number, 0 if tip is None else tip.seq

        bal, until = await self._store.write(begin, "export audit")
        return self._lines(wanted, bal, until)

    async def _lines(self, wanted: Wanted, bal: int | None, until: int) -> AsyncIterator[Given]:
        last, actor = 0, f"bal:{bal}"
        while lines := await self._store.read(lambda tx: tx.chain.after(last, _PAGE)):  # noqa: B023 (run before the loop goes on)
            last = lines[-1].seq or until
            for line in lines:
                if line.seq is None or line.seq > until:
                    return
                if wanted.events and line.event not in wanted.events:
                    continue
                if wanted.actor is not None and line.actor != wanted.actor:
                    continue
                one = given(line)
                if bal is not None and not _is_about(one, bal, actor):
                    continue
                if wanted.since is not None and one.at < wanted.since:
                    continue
                if wanted.until is None or one.at < wanted.until:
                    yield one
            await asyncio.sleep(0)

    async def _marks(self, anchors: Sequence[Path]) -> tuple[list[Mark], list[Fault], list[AnchorStamp]]:
        marks, faults, stamps = [], [], []
        try:
            kept = await self._witness.kept()
            if kept is not None:
                marks.append(Mark(kept))
        except ValueError:
            faults.append(Fault(FaultKind.WITNESS, 0, 0))
        for path in anchors:
            text = await asyncio.to_thread(path.read_text, "utf-8", "replace")
            try:
                anchor = read_anchor(text, self._verifier)
            except AnchorInvalid:
                faults.append(Fault(FaultKind.ANCHOR, 0, 0, source=str(path)))
            else:
                marks.append(Mark(anchor.link, str(path), anchor.at))
                stamp = await asyncio.to_thread(self.stamp_of, path, anchor.at)
                if stamp is not None:
                    stamps.append(stamp)
                    if stamp.is_checked and stamp.at is None:
                        line = anchor.link.seq
                        faults.append(Fault(FaultKind.STAMP, line, line, anchor.at, anchor.at, stamp.source))
        return marks, faults, stamps

    async def _vouchers(self) -> Vouchers:
        """What lines of this server say of lines that are not whole any more."""
        vouchers = Vouchers()
        for event in (REDACTED, FORGOTTEN, RESUMED):
            last = 0
            while lines := await self._store.read(lambda tx: tx.chain.saying(event, last, _PAGE)):  # noqa: B023 (run before the loop goes on)
                last = lines[-1].id
                for line in lines:
                    if is_sealed(self._key, line):
                        said = json.loads(line.detail)
                        vouchers.add_emptied(said.get("emptied", ""))
                        vouchers.add_spans(said.get("spans", ""))
                        if line.event == RESUMED:
                            vouchers.resumed.append((int(said["line"]), moment_of(line.at)))
                await asyncio.sleep(0)
        return vouchers


def _said(wanted: Wanted) -> dict[str, str]:
    """For the journal: what was asked for, without an address."""
    said = {
        "since": wanted.since.isoformat() if wanted.since is not None else "",
        "until": wanted.until.isoformat() if wanted.until is not None else "",
        "events": " ".join(wanted.events),
        "actor": wanted.actor or "",
    }
    return {name: value for name, value in said.items() if value}


def _is_about(line: Given, bal: int, actor: str) -> bool:
    """Done to that bal, by its holder, or one of the messages that reached it."""
    return line.bal == bal or line.actor == actor or str(bal) in line.detail.get("to", "").split()


def given(line: KeptLine) -> Given:
    """As it lies there, whatever was done to it."""
    try:
        said = json.loads(line.detail)
        detail = {str(name): str(value) for name, value in said.items()}
    except (ValueError, TypeError, AttributeError):
        detail = {"unreadable": str(line.detail)}
    head = "" if line.head is None else line.head.hex()
    return Given(
        line.seq,
        moment_of(line.at),
        line.actor,
        line.event,
        line.bal,
        detail,
        head,
        is_emptied=line.salt is None,
    )
