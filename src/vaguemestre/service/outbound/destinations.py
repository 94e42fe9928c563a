"""How much is sent to one destination at once, and how long it is left alone when it does not answer.

Grows by one connection for each that many messages accepted, halves with each failure: TCP's way
(RFC 5681 §3.1), so that a slow operator is not pressed and a quick one is not kept waiting.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from vaguemestre.service.ports.outbound import Pause

_FIRST: Final = 2.0
_MANY: Final = 10_000  # destinations: the trust list has 5,000


@dataclass(slots=True)
class Destination:
    """What this process remembers of one; lost with it, and learnt anew in seconds."""

    allowed: float = _FIRST
    running: int = 0
    accepted: int = 0
    """Messages, since it last failed altogether."""

    def succeeded(self, most: int) -> None:
        """A message was answered for."""
        self.accepted += 1
        self.allowed = min(float(most), self.allowed + 1 / self.allowed)

    def failed(self) -> None:
        """Nobody answered, or he would not go on."""
        self.allowed = max(1.0, self.allowed / 2)

    def has_room(self) -> bool:
        """Whether one more connection is allowed."""
        return self.running < int(self.allowed)


class Destinations:
    """By name, bounded."""

    def __init__(self) -> None:
        self._known: dict[str, Destination] = {}

    def of(self, name: str) -> Destination:
        """Known or new."""
        if name not in self._known and len(self._known) >= _MANY:
            self._known = {one: found for one, found in self._known.items() if found.running}
        return self._known.setdefault(name, Destination())


def next_pause(
    before: Pause | None, destination: str, now: datetime, schedule: tuple[timedelta, ...], reason: str
) -> Pause:
    """Each longer than the one before, by the schedule."""
    failures = 1 if before is None else before.failures + 1
    since = now if before is None else before.since
    return Pause(destination, now + after(schedule, failures), since, failures, reason)


def after(schedule: tuple[timedelta, ...], attempts: int) -> timedelta:
    """The pause after that many attempts; the last one again and again."""
    return schedule[min(max(attempts, 1), len(schedule)) - 1]
