"""The service's health on screen: charts, their numbers, and those of now as they change."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.console_house import ConsoleHouse, a_console_house, token_in

from vaguemestre.console.charts import charts_of, rounded_up
from vaguemestre.policy.administration import Role
from vaguemestre.service.health.watching import MOST_OF_ONE, History
from vaguemestre.service.ports.sample import Bucket, Point, Series
from vaguemestre.service.ports.store import Transaction

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with a_console_house(tmp_path) as opened:
        yield opened


async def test_a_day_is_drawn_and_told_as_a_table(house: ConsoleHouse) -> None:
    now = house.clock.now()

    def sampled(tx: Transaction) -> None:
        tx.samples.add(now, [Point(Series.REFUSALS, "CONV-2", 1234), Point(Series.CONNECTIONS, "imap", 7)])

    await house.app.services.store.write(sampled, "test")
    async with house.signed_in(Role.SUPPORT) as browser:
        page = (await browser.get("/health")).text
        assert "1\u202f234</td>" in page
        assert '<rect class="part1"' in page
        assert "style=" not in page
        ninety = (await browser.get("/health?over=quarter")).text
        assert "1\u202f234</td>" not in ninety  # the hour is not over
        assert (await browser.get("/health?over=year")).status_code == 400
    async with house.signed_in(Role.DIRECTORY) as browser:
        assert (await browser.get("/health")).status_code == 403
        assert (await browser.get("/health/live")).status_code == 204


async def test_numbers_of_now_are_sent_and_using_them_is_no_use_of_the_session(house: ConsoleHouse) -> None:
    async with house.signed_in(Role.SUPPORT) as browser:
        house.clock.pass_(minutes=10)
        async with browser.stream("GET", "/health/live") as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            lines = stream.aiter_lines()
            told = json.loads((await anext(lines)).removeprefix("data: "))
            assert told["accepted"] == "0"
            assert int(told["connections"]) >= 1
        house.clock.pass_(minutes=6)
        assert (await browser.get("/health")).status_code == 303
    async with house.browser() as stranger:
        assert (await stranger.get("/health/live")).status_code == 204


async def test_a_session_watches_with_three_pages_and_ends_for_all(house: ConsoleHouse) -> None:
    async with house.signed_in() as browser:
        token = token_in((await browser.get("/account")).text)
        streams = [browser.stream("GET", "/health/live") for _ in range(MOST_OF_ONE)]
        for stream in streams:
            assert (await stream.__aenter__()).status_code == 200
        assert (await browser.get("/health/live")).status_code == 503
        for stream in streams:
            await stream.__aexit__(None, None, None)
        await browser.post("/sign-out", data={"token": token})
        assert (await browser.get("/health/live")).status_code == 204


def test_a_bar_has_three_parts_and_the_others() -> None:
    told = {"A": 5.0, "B": 4.0, "C": 3.0, "D": 2.0, "E": 1.0}
    buckets = [Bucket(NOON, Point(Series.REFUSALS, label, value)) for label, value in told.items()]
    moments = (NOON - timedelta(hours=1), NOON)
    chart = charts_of(History(moments, timedelta(hours=1), buckets))[1]
    assert chart.parts == ("A", "B", "C", "…")
    assert [row.values for row in chart.rows] == [(5.0, 4.0, 3.0, 3.0)]
    assert chart.top == 20
    assert sum(float(bar.height) for bar in chart.bars) == 75
    assert {bar.x for bar in chart.bars} == {"550.0"}


def test_a_write_is_told_by_its_mean() -> None:
    points = (Point(Series.WRITES, "", 4), Point(Series.WRITE_SECONDS, "", 0.01))
    history = History((NOON,), timedelta(hours=1), [Bucket(NOON, point) for point in points])
    (row,) = charts_of(history)[4].rows
    assert row.values == (2.5,)


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (0.3, 0.5), (1, 1), (1.2, 2), (7, 10), (10, 10), (11, 20), (4567, 5000)]
)
def test_a_scale_ends_at_a_round_number(value: float, top: float) -> None:
    assert rounded_up(value) == pytest.approx(top)
