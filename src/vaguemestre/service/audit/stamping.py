"""Anchors are time-stamped outside, so that not even who has the server's keys can date one back. RFC 3161.

The authority's answer lies beside its anchor, ``.tsr`` after its name, where ``openssl ts -verify`` reads it
as well as we do. An authority that does not answer is asked again in a while; what is a week old is left: a
stamp says since when an anchor existed, and a late one says little.
"""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from vaguemestre.service.audit.anchors import SUFFIX, write_once
from vaguemestre.service.audit.chaining import ACTOR
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store
from vaguemestre.service.ports.time_stamps import StampInvalid, TimeStamp, TimeStamps

STAMP_SUFFIX: Final = ".tsr"
_DAYS: Final = 7
LATE: Final = timedelta(days=_DAYS + 1)

_log = structlog.get_logger()


class AnchorStamp(NamedTuple):
    """A stamp beside an anchor that says ``anchored``; ``at`` is None where it does not hold.

    ``is_checked`` is false where no authority is believed.
    """

    source: str
    anchored: datetime
    at: datetime | None
    is_checked: bool

    @property
    def is_late(self) -> bool:
        """Whether it says much less than the anchor's own date."""
        return self.at is not None and self.at - self.anchored > LATE


def stamp_beside(anchor: Path) -> Path:
    """Where it lies, if there is one."""
    return anchor.with_name(anchor.name + STAMP_SUFFIX)


def stamp_of(anchor: Path, anchored: datetime, stamps: TimeStamps | None) -> AnchorStamp | None:
    """What is beside an anchor, verified; None without any. Blocking. Raises OSError."""
    path = stamp_beside(anchor)
    if not path.exists():
        return None
    if stamps is None:
        return AnchorStamp(str(path), anchored, None, is_checked=False)
    try:
        at = stamps.verified(path.read_bytes(), anchor.read_bytes())
    except StampInvalid:
        return AnchorStamp(str(path), anchored, None, is_checked=True)
    return AnchorStamp(str(path), anchored, at, is_checked=True)


def unstamped(folder: Path, now: datetime) -> Iterator[Path]:
    """The anchors of a week that have no stamp, the latest first. Blocking."""
    for back in range(_DAYS):
        path = folder / f"{now - timedelta(days=back):%Y-%m-%d}{SUFFIX}"
        if path.exists() and not stamp_beside(path).exists():
            yield path


class Stamping:
    """``folder`` is that of anchors; without ``stamps`` nothing is to be done."""

    def __init__(self, store: Store, clock: Clock, stamps: TimeStamps | None, folder: Path) -> None:
        self._store = store
        self._clock = clock
        self._stamps = stamps if stamps is not None and stamps.can_ask else None
        self._folder = folder

    @property
    def can_ask(self) -> bool:
        """Whether there is somebody to ask."""
        return self._stamps is not None

    async def run_once(self, limit: int) -> int:
        """The latest anchors that have none, at most ``limit``; 0 as soon as the authority gives none."""
        if self._stamps is None:
            return 0
        done, now = 0, self._clock.now()
        for path in (await asyncio.to_thread(lambda: list(unstamped(self._folder, now))))[:limit]:
            anchor = await asyncio.to_thread(path.read_bytes)
            try:
                stamp = await self._stamps.stamp(anchor)
            except (OSError, StampInvalid) as error:
                _log.warning(
                    "anchor_not_stamped", anchor=path.name, reason=str(error) or type(error).__name__
                )
                return 0
            await asyncio.to_thread(write_once, stamp_beside(path), stamp.token)
            detail = {"anchor": path.name, "time": stamp.at.isoformat()}
            entry = JournalEntry(self._clock.now(), ACTOR, "anchor_stamped", None, detail)
            await self._store.write(lambda tx: tx.journal.record(entry), "stamp anchor")  # noqa: B023 (run before the loop goes on)
            done += 1
        return done

    async def stamp(self, anchor: str) -> TimeStamp:
        """Of an anchor that is given to somebody. ``can_ask`` is true. Raises OSError, StampInvalid."""
        assert self._stamps is not None  # noqa: S101 (said above)
        return await self._stamps.stamp(anchor.encode())
