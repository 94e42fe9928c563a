"""What was counted is sampled once a minute, and told to people who look."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.world import World

from vaguemestre.directory.sqlite_reader import SqliteDirectory
from vaguemestre.service.health.figures import Figures
from vaguemestre.service.health.pulse import Pulse
from vaguemestre.service.health.readings import Gauges, Readings
from vaguemestre.service.health.sampling import Sampling
from vaguemestre.service.health.watching import HealthWatch, Period, TooManyWatchers
from vaguemestre.service.ports.sample import Point, Series, Step


def points(world: World, figures: Figures, sampling: Sampling) -> HealthWatch:
    directory = SqliteDirectory(Path("there is none"))
    gauges = Gauges(world.store, directory, None, world.clock, lambda: {"imap": 3})
    sampling.watch(lambda: {"imap": 3})
    return HealthWatch(world.store, world.clock, sampling, Readings(figures, gauges))


async def sampled(world: World, step: Step = Step.MINUTE) -> list[Point]:
    since = world.clock.now() - timedelta(days=90)
    read = await world.store.read(
        lambda tx: tx.samples.read(step, since, world.clock.now() + timedelta(minutes=1), 60)
    )
    return [one.point for one in read if one.point.series is not Series.QUEUE_AGE]


async def test_what_grew_since_the_last_minute_is_written_once(world: World) -> None:
    figures = Figures()
    figures.refusals.add("CONV-1", by=7)  # before anybody samples
    sampling = Sampling(world.store, world.clock, figures)
    sampling.watch(lambda: {"imap": 3, "ldap": 0})
    figures.accepted.add("PER", "submission", by=4)
    figures.accepted.add("PER", "relay")
    figures.writes.took(0.25)
    for _ in range(2):
        assert await sampling.run_once(100) == 0
    expected = [
        Point(Series.ACCEPTED, "PER", 5),
        Point(Series.CONNECTIONS, "imap", 3),
        Point(Series.WRITE_SECONDS, "", 0.25),
        Point(Series.WRITES, "", 1),
    ]
    assert await sampled(world) == expected
    world.clock.pass_(minutes=1)
    sampling.watch(dict)
    await sampling.run_once(100)
    assert await sampled(world) == expected


async def test_minutes_become_hours_and_are_forgotten(world: World) -> None:
    figures = Figures()
    sampling = Sampling(world.store, world.clock, figures)
    for _ in range(2):
        figures.accepted.add("ORG", "submission")
        await sampling.run_once(100)
        world.clock.pass_(hours=2)
    await sampling.run_once(100)
    assert await sampled(world, Step.HOUR) == [Point(Series.ACCEPTED, "ORG", 1)] * 2
    world.clock.pass_(hours=30)
    await sampling.run_once(100)
    assert await sampled(world) == []
    assert len(await sampled(world, Step.HOUR)) == 2
    world.clock.pass_(days=91)
    await sampling.run_once(100)
    assert await sampled(world, Step.HOUR) == []


async def test_numbers_of_now_are_those_of_the_last_minute_or_two(world: World) -> None:
    figures = Figures()
    sampling = Sampling(world.store, world.clock, figures)
    watch = points(world, figures, sampling)
    figures.accepted.add("CITIZEN", "submission", by=6)
    figures.writes.took(0.5)
    now = await watch.now()
    assert (now.accepted, now.write_seconds, now.connections) == ({"CITIZEN": 6}, 0.5, {"imap": 3})
    world.clock.pass_(minutes=1)
    await sampling.run_once(100)
    world.clock.pass_(minutes=1)
    figures.accepted.add("CITIZEN", "submission", by=4)
    assert (await watch.now()).accepted == {"CITIZEN": 5}
    for _ in range(2):
        await sampling.run_once(100)
        world.clock.pass_(minutes=1)
    assert (await watch.now()).accepted == {}


async def test_a_history_ends_with_the_span_under_way(world: World) -> None:
    figures = Figures()
    sampling = Sampling(world.store, world.clock, figures)
    watch = points(world, figures, sampling)
    figures.accepted.add("PER", "submission")
    await sampling.run_once(100)
    for period, count in ((Period.DAY, 48), (Period.QUARTER, 90)):
        history = await watch.history(period)
        assert len(history.moments) == count
        assert history.moments[-1] <= world.clock.now() < history.moments[-1] + history.span
    day = await watch.history(Period.DAY)
    assert day.moments[-1] in {one.at for one in day.buckets}


async def test_numbers_of_now_are_of_all_processes_that_were_heard(world: World) -> None:
    figures = Figures()
    sampling = Sampling(world.store, world.clock, figures)
    watch = points(world, figures, sampling)
    figures.accepted.add("PER", "submission", by=4)
    figures.writes.took(0.25)
    other = Pulse(
        {(Series.ACCEPTED, "PER"): 2.0, (Series.ACCEPTED, "APP"): 1.5, (Series.WRITES, ""): 3.0},
        {"imap": 5, "submission": 1},
    )
    sampling.hear(1, other)
    now = await watch.now()
    assert now.accepted == {"PER": 6.0, "APP": 1.5}
    assert now.connections == {"imap": 8, "submission": 1}
    assert now.write_seconds == pytest.approx(0.25 / 4)
    sampling.hear(1, None)
    now = await watch.now()
    assert now.accepted == {"PER": 4.0}
    assert now.connections == {"imap": 3}


async def test_so_many_watch_and_no_more(world: World) -> None:
    figures = Figures()
    watch = points(world, figures, Sampling(world.store, world.clock, figures))
    with watch.watcher(b"1"), watch.watcher(b"1"):
        with watch.watcher(b"1"), pytest.raises(TooManyWatchers), watch.watcher(b"1"):
            pass
        with watch.watcher(b"2"), watch.watcher(b"1"):
            pass
