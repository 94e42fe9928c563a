"""Days that forms carry, as browsers write them (YYYY-MM-DD), in the zone in which hours are told."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from fastapi import HTTPException


class Days(NamedTuple):
    """From a day to another, both within, as they were typed and as moments; ``until`` is not within."""

    first: str
    last: str
    since: datetime | None
    until: datetime | None


def days_in(form: Mapping[str, str], zone: tzinfo) -> Days:
    """What the fields ``first`` and ``last`` say. Raises HTTPException 400."""
    first, last = _day(form.get("first", "")), _day(form.get("last", ""))
    return Days(
        form.get("first", "") if first else "",
        form.get("last", "") if last else "",
        None if first is None else _midnight(first, zone),
        None if last is None else _midnight(last + timedelta(days=1), zone),
    )


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise HTTPException(400) from None
    if not 1970 < day.year < 9999:
        raise HTTPException(400)
    return day


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)
