"""Sign-ins in the journal: who, by which door and mechanism, from which network, whether it was granted.

What somebody typed as a name is written nowhere unless an account has it: people type passwords there.
"""

from datetime import datetime
from typing import Final

from vaguemestre.mail.bal import Bal
from vaguemestre.service.audit.grouped_lines import GroupedLines, Kind, record_all
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Store, StoreBusyError
from vaguemestre.service.sign_in.outcome import Channel, SignedIn

SIGNED_IN: Final = "signed_in"
FAILED: Final = "sign_in_failed"
_FAILURES: Final = 60  # first lines a minute: 86,400 a day and process, 20 MB, whatever is tried
_GRANTED: Final = 6_000  # first lines a minute: each is an account with its own secret
_EVERYBODY: Final = (("network", "several"),)


class SignInJournal:
    """One a process."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._failures = GroupedLines(Kind("network:several", FAILED, None, _EVERYBODY), _FAILURES)
        self._granted = GroupedLines(Kind("network:several", SIGNED_IN, None, _EVERYBODY), _GRANTED)

    def failed(
        self, bal: Bal | None, channel: Channel, mechanism: str, reason: str, now: datetime
    ) -> JournalEntry | None:
        """The line to record with it, or None when it is counted with others."""
        detail = (*_from(channel, mechanism), ("reason", reason))
        number = None if bal is None else bal.id
        return self._failures.first(Kind(f"network:{channel.network}", FAILED, number, detail), now)

    def granted(
        self, signed_in: SignedIn, channel: Channel, mechanism: str, now: datetime
    ) -> JournalEntry | None:
        """The same of one that was granted; who signs in for another has a line each time already."""
        if signed_in.reader is not None:
            return None
        return self._granted.first(_granted(signed_in, channel, mechanism), now)

    def not_granted(self, signed_in: SignedIn, channel: Channel, mechanism: str) -> None:
        """Its line could not be recorded."""
        self._granted.undo(_granted(signed_in, channel, mechanism))

    def postponed(self, signed_in: SignedIn, channel: Channel, mechanism: str, now: datetime) -> None:
        """Its line could not be recorded, and the holder was let in: it is told with others in an hour."""
        self._granted.postpone(_granted(signed_in, channel, mechanism), now)

    async def run_once(self, limit: int) -> int:
        """Record what was counted for an hour, for the background worker; how many lines."""
        return await self._tell(limit, all_=False)

    async def close(self) -> None:
        """Record what was counted till now: the process ends."""
        while await self._tell(500, all_=True):
            pass

    async def _tell(self, limit: int, *, all_: bool) -> int:
        now = self._clock.now()
        failures = self._failures.due(now, limit, all_=all_)
        granted = self._granted.due(now, limit - len(failures), all_=all_)
        lines = [*failures, *granted]
        if lines:
            try:
                await self._store.write(lambda tx: record_all(tx, lines), "count sign-ins", is_long=True)
            except StoreBusyError:
                self._failures.put_back(failures)
                self._granted.put_back(granted)
                raise
        return len(lines)


def _granted(signed_in: SignedIn, channel: Channel, mechanism: str) -> Kind:
    return Kind(signed_in.actor, SIGNED_IN, signed_in.bal.id, _from(channel, mechanism))


def _from(channel: Channel, mechanism: str) -> tuple[tuple[str, str], ...]:
    return ("door", channel.door), ("mechanism", mechanism), ("network", channel.network)
