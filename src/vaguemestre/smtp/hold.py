"""How long a message is to be held: HOLDFOR and HOLDUNTIL beside MAIL. RFC 4865 §3.

A moment is read as RFC 3339 §5.6 writes it, in any zone, as the verified correction of RFC 4865 §3 has it.
A leap second is the next second: no clock of ours has one.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

# RFC 4865 §3: future-release-integer = %x31-39 *8DIGIT
_SECONDS: Final = re.compile(r"[1-9][0-9]{0,8}")
# RFC 3339 §5.6: date-time = full-date "T" full-time
_DATE_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d):(\d\d)(\.\d{1,12})?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII
)


def parse_hold_for(value: str) -> timedelta | None:
    """Seconds, nine digits at most; None for what is malformed."""
    return timedelta(seconds=int(value)) if _SECONDS.fullmatch(value) else None


def parse_hold_until(value: str) -> datetime | None:
    """Aware, UTC; None for what is malformed or no moment."""
    match = _DATE_TIME.fullmatch(value)
    if match is None:
        return None
    day, minute, second, fraction, zone = match.groups()
    is_leap = second == "60"
    text = f"{day}T{minute}:{'59' if is_leap else second}{(fraction or '')[:7]}"
    try:
        moment = datetime.fromisoformat(text + ("+00:00" if zone in "Zz" else zone)).astimezone(UTC)
        return moment + timedelta(seconds=is_leap)
    except (ValueError, OverflowError):
        return None
