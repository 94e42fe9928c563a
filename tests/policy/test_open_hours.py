"""Hours of the week, and since when it is quiet: past midnight, and when clocks are changed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaguemestre.policy.open_hours import DAY, HoursError, OpenHours, Span, read_hours

PARIS = ZoneInfo("Europe/Paris")
WORK = read_hours("lun-ven 9h-18h")


def at(text: str) -> datetime:
    """A time of Paris."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("text", "french", "english"),
    [
        ("lun-ven 9h-18h", "lun-ven 9h-18h", "mon-fri 9:00-18:00"),
        ("Lundi - Vendredi 9h à 18h", "lun-ven 9h-18h", "mon-fri 9:00-18:00"),
        ("mon-fri 09:00-18:00 and sat 9-12", "lun-ven 9h-18h ; sam 9h-12h", None),
        ("lun,mer 9h-12h, 14h30-18h ; sam 22h-2h", "lun,mer 9h-12h 14h30-18h ; sam 22h-2h", None),
        ("mar 14h-18h 9h-12h; lun 9h-12h 14h-18h", "lun-mar 9h-12h 14h-18h", None),
        ("sam-lun 0h-24h", "lun,sam-dim 0h-24h", None),
        ("ven 18h-0h", "ven 18h-24h", None),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, french: str, english: str | None) -> None:
    hours = read_hours(text)
    assert str(hours) == french
    assert english is None or hours.in_english() == english


@pytest.mark.parametrize(
    "text", ["", "lun-ven", "9h-18h", "lun 9h", "lun 9h-9h", "lun 25h-26h", "lun 9h60-10h", "lun 24h-2h", "x"]
)
def test_what_says_no_hours_is_refused(text: str) -> None:
    with pytest.raises(HoursError):
        read_hours(text)


SPANS = st.tuples(st.integers(0, 6), st.integers(0, DAY - 1), st.integers(1, DAY)).map(
    lambda span: Span(*span) if span[2] > span[1] else Span(span[0], span[1], span[1] + span[2])
)


@given(st.sets(SPANS, min_size=1, max_size=8))
def test_what_is_printed_is_read_again_as_the_same(spans: set[Span]) -> None:
    hours = OpenHours(tuple(sorted(spans)))
    assert read_hours(str(hours)) == hours
    assert read_hours(hours.in_english()) == hours


def test_at_work_nobody_is_answered_and_at_night_since_the_evening() -> None:
    assert WORK.quiet_since(at("2026-11-24 09:00"), PARIS) is None
    assert WORK.quiet_since(at("2026-11-24 17:59"), PARIS) is None
    evening = at("2026-11-24 18:00")
    assert WORK.quiet_since(evening, PARIS) == evening
    assert WORK.quiet_since(at("2026-11-25 08:59"), PARIS) == evening
    friday = at("2026-11-27 18:00")
    for moment in ("2026-11-27 23:00", "2026-11-28 12:00", "2026-11-30 08:59"):
        assert WORK.quiet_since(at(moment), PARIS) == friday


def test_hours_may_go_past_midnight() -> None:
    nights = read_hours("sam 22h-2h")
    assert nights.quiet_since(at("2026-11-29 01:59"), PARIS) is None  # a Sunday
    assert nights.quiet_since(at("2026-11-29 02:00"), PARIS) == at("2026-11-29 02:00")
    assert nights.quiet_since(at("2026-12-05 21:59"), PARIS) == at("2026-11-29 02:00")


def test_the_hours_are_those_of_the_wall_before_and_after_clocks_are_changed() -> None:
    for day in ("2026-03-27", "2026-03-30", "2026-10-23", "2026-10-26"):
        assert WORK.quiet_since(at(f"{day} 17:59"), PARIS) is None
        assert WORK.quiet_since(at(f"{day} 08:59"), PARIS) is not None
    # the night of 28 to 29 March 2026 has no 2:30; that of 24 to 25 October has two
    spring, autumn = read_hours("sam 22h-2h30"), read_hours("sam 22h-2h30")
    assert spring.quiet_since(datetime(2026, 3, 29, 1, 29, tzinfo=UTC), PARIS) is None
    assert spring.quiet_since(datetime(2026, 3, 29, 1, 30, tzinfo=UTC), PARIS) is not None
    assert autumn.quiet_since(datetime(2026, 10, 25, 0, 29, tzinfo=UTC), PARIS) is None
    assert autumn.quiet_since(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), PARIS) is not None


@given(
    st.sets(SPANS, min_size=1, max_size=5),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC)),  # noqa: DTZ001 (made aware at once)
    st.sampled_from(["Europe/Paris", "America/Cayenne", "Indian/Reunion", "Pacific/Noumea", "UTC"]),
)
def test_a_quiet_time_begins_where_open_hours_end_and_lasts_till_now(
    spans: set[Span], now: datetime, zone: str
) -> None:
    hours, clocks = OpenHours(tuple(sorted(spans))), ZoneInfo(zone)
    since = hours.quiet_since(now, clocks)
    if since is None:
        return
    assert now - timedelta(days=9) < since <= now
    assert hours.quiet_since(since, clocks) == since
    assert hours.quiet_since(since - timedelta(microseconds=1), clocks) is None
    between = since + (now - since) / 2
    assert hours.quiet_since(between, clocks) == since
