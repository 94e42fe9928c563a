"""Who says when something existed, and is believed: a time-stamping authority. RFC 3161 §2.1."""

from datetime import datetime
from typing import NamedTuple, Protocol


class StampInvalid(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """It is no time stamp of these octets by an authority that is believed; the sentence says why."""


class TimeStamp(NamedTuple):
    """``token`` is the authority's whole answer, as a file; ``at`` the moment that it vouches for."""

    token: bytes
    at: datetime


class TimeStamps(Protocol):
    """``can_ask`` is false where stamps are verified only."""

    @property
    def can_ask(self) -> bool: ...  # noqa: D102 (said by the class)

    async def stamp(self, octets: bytes) -> TimeStamp:
        """Have them stamped now, and verify what comes. Raises OSError, StampInvalid."""
        ...

    def verified(self, token: bytes, octets: bytes) -> datetime:
        """When these octets were stamped. Raises StampInvalid."""
        ...
