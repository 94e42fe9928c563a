"""How often each person searches, counted in memory: one who asks too much waits, and nobody else does."""

from collections.abc import Callable
from typing import Final

from vaguemestre.mail.bal import BalId

_MINUTE: Final = 60.0  # seconds
_PEOPLE: Final = 10_000  # counted at once, some 2 MB; who is forgotten begins again


class Pace:
    """``most`` searches a minute, which begins with the first; ``now`` in seconds, from anywhere."""

    def __init__(self, most: int, now: Callable[[], float]) -> None:
        self._most = most
        self._now = now
        self._begun: dict[BalId, tuple[float, int]] = {}

    def admits(self, who: BalId) -> bool:
        """Whether one more may be made; it is counted then."""
        now = self._now()
        since, count = self._begun.pop(who, (now, 0))
        if now - since >= _MINUTE:
            since, count = now, 0
        is_admitted = count < self._most
        if len(self._begun) >= _PEOPLE:
            del self._begun[next(iter(self._begun))]  # who has not asked for the longest
        self._begun[who] = (since, count + is_admitted)
        return is_admitted
