"""When accounts were last seen, by the day and no finer: enough for domain.md §3, and nobody's timetable."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from vaguemestre.mail.bal import Bal, BalId, BalKind, BalState


@dataclass(frozen=True, slots=True)
class Presence:
    """The day of the last sign-in, or of the account's making; ``warned_on`` since then, None when not."""

    seen_on: date
    warned_on: date | None = None


class Presences(Protocol):
    """One a bal."""

    def of(self, bal: BalId) -> Presence | None:
        """None for an account that was never noted."""
        ...

    def note(self, bal: BalId, day: date) -> None:
        """Seen on that day: any warning before it is over. A day before the one known changes nothing."""
        ...

    def warned(self, bal: BalId, day: date) -> None:
        """Told that it has been quiet."""
        ...

    def quiet(
        self,
        kinds: Collection[BalKind],
        states: Collection[BalState],
        seen_by: date,
        warned_by: date | None,
        limit: int,
    ) -> list[tuple[Bal, Presence]]:
        """Last seen on that day or before, the longest ago first.

        ``warned_by``: warned on that day or before; None asks for those not warned.
        """
        ...
