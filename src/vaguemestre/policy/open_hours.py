"""The hours at which a professional reads what citizens write, and since when it is quiet. domain.md §2.

Hours are those of clocks on the wall: a week of them, each from a minute of a day to a later one, past
midnight where need be. The instants they stand for are computed day by day, so that the nights on which
clocks are changed have the length they have.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import groupby
from typing import Final, NamedTuple

DAY: Final = 24 * 60  # minutes
_WEEK: Final = 7
_MOST: Final = 50  # spans: a week has a hundred half-days, nobody has more

_FRENCH: Final = ("lun", "mar", "mer", "jeu", "ven", "sam", "dim")
_ENGLISH: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHOLE: Final = (
    ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
)
_DAYS: Final = {name: day for names in (_FRENCH, _ENGLISH, *_WHOLE) for day, name in enumerate(names)}
_DASH: Final = re.compile(r"\s*[-–—]\s*|\s+(?:à|a|to)\s+")
_BETWEEN: Final = re.compile(r"(?:[\s,;]|\bet\b|\band\b)+")
_TIME: Final = re.compile(r"(\d{1,2})(?:[h:](\d{2})?)?")


class HoursError(ValueError):
    """These are no hours; the message says which word is not understood."""


class Span(NamedTuple):
    """From a minute of a day of the week (0 is Monday) to a later one, of the next day past midnight."""

    day: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class OpenHours:
    """A week of them, at least one span."""

    spans: tuple[Span, ...]

    def __str__(self) -> str:
        return self.in_words(_FRENCH, "h")

    def in_english(self) -> str:
        """``mon-fri 9:00-18:00``."""
        return self.in_words(_ENGLISH, ":")

    def in_words(self, names: tuple[str, ...], mark: str) -> str:
        """Days that have the same hours are said together."""
        by_day = {day: tuple(s for s in self.spans if s.day == day) for day in range(_WEEK)}
        said: dict[str, list[int]] = {}
        for day, spans in by_day.items():
            if spans:
                hours = " ".join(f"{_said(s.begins, mark)}-{_said(s.ends, mark)}" for s in spans)
                said.setdefault(hours, []).append(day)
        return " ; ".join(f"{_said_days(days, names)} {hours}" for hours, days in said.items())

    def quiet_since(self, now: datetime, zone: tzinfo) -> datetime | None:
        """When the quiet that reigns at ``now`` began; None at an open hour. All three are aware."""
        today = now.astimezone(zone).date()
        ended: datetime | None = None
        for ago in range(_WEEK + 2):  # one that began eight days ago has ended, whatever the clocks did
            for begins, ends in self._on(today - timedelta(days=ago), zone):
                if begins <= now < ends:
                    return None
                if ends <= now and (ended is None or ends > ended):
                    ended = ends
        return ended

    def _on(self, day: date, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
        for span in self.spans:
            if span.day == day.weekday():
                yield _instant(day, span.begins, zone), _instant(day, span.ends, zone)


def read_hours(text: str) -> OpenHours:
    """``lun-ven 9h-18h``, ``lun,mer 9h-12h 14h30-18h ; sat 22:00-2:00``. Raises HoursError."""
    days: list[int] = []
    spans: set[Span] = set()
    was_hours = False
    for word in filter(None, _BETWEEN.split(_DASH.sub("-", text.casefold().strip()))):
        named = _days(word)
        if named is not None:
            days = named if was_hours else [*days, *named]
            was_hours = False
            continue
        hours = _hours(word)
        if hours is None or not days:
            raise HoursError(word)
        was_hours = True
        spans.update(Span(day, *hours) for day in days)
    if not was_hours or not 0 < len(spans) <= _MOST:
        raise HoursError(text)
    return OpenHours(tuple(sorted(spans)))


def _days(word: str) -> list[int] | None:
    first, dash, last = word.partition("-")
    if first not in _DAYS or (dash and last not in _DAYS):
        return None
    begins, ends = _DAYS[first], _DAYS[last] if dash else _DAYS[first]
    return [day % _WEEK for day in range(begins, ends + (_WEEK if ends < begins else 0) + 1)]


def _hours(word: str) -> tuple[int, int] | None:
    first, _, last = word.partition("-")
    begins, ends = _minute(first), _minute(last)
    if begins is None or ends is None or begins in {ends, DAY}:
        return None
    return begins, ends if ends > begins else ends + DAY


def _minute(text: str) -> int | None:
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    minute = int(found[1]) * 60 + int(found[2] or 0)
    return minute if int(found[2] or 0) < 60 and minute <= DAY else None


def _said(minute: int, mark: str) -> str:
    hour, rest = divmod(minute if minute <= DAY else minute - DAY, 60)
    return f"{hour}{mark}{rest:02d}" if rest or mark == ":" else f"{hour}{mark}"


def _said_days(days: list[int], names: tuple[str, ...]) -> str:
    runs = [[day for _, day in run] for _, run in groupby(enumerate(days), key=lambda one: one[1] - one[0])]
    return ",".join(names[run[0]] if len(run) == 1 else f"{names[run[0]]}-{names[run[-1]]}" for run in runs)


def _instant(day: date, minute: int, zone: tzinfo) -> datetime:
    """In UTC, where instants can be compared: two of one zone are compared by what clocks show."""
    after, rest = divmod(minute, DAY)
    local = datetime.combine(day + timedelta(days=after), time(rest // 60, rest % 60), zone)
    return local.astimezone(UTC)
