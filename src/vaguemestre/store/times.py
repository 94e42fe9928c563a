"""Times as the tables keep them: integers of microseconds since 1970 UTC."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROS: Final = 1_000_000  # in a second


def to_micros(moment: datetime) -> int:
    """Exact, unlike ``timestamp()``, which goes through a float. TypeError when the moment is naive."""
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def from_micros(micros: int) -> datetime:
    """An aware datetime, UTC."""
    return _EPOCH + timedelta(microseconds=micros)


def maybe_to_micros(moment: datetime | None) -> int | None:
    """None stays None."""
    return None if moment is None else to_micros(moment)


def maybe_from_micros(micros: int | None) -> datetime | None:
    """None stays None."""
    return None if micros is None else from_micros(micros)
