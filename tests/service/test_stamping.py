"""Anchors get their stamps, the latest first; an authority that is away is asked again. RFC 3161."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.time_stamping import StampingHouse, a_stamping_house, listening
from tests.support.world import World

from vaguemestre.service.audit.stamping import AnchorStamp, Stamping, stamp_beside, stamp_of
from vaguemestre.service.ports.journal_search import LinesAsked
from vaguemestre.stamping.authority import StampingAuthority


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> StampingHouse:
    return a_stamping_house(tmp_path_factory.mktemp("stamping") / "house")


@pytest.fixture
def house(made: StampingHouse) -> Iterator[StampingHouse]:
    with listening(StampingHouse(made.folder)) as opened:
        yield opened


def anchors(world: World, folder: Path, days: int) -> list[Path]:
    """One a day, the latest today; the latest first."""
    now = world.clock.now()
    files = [folder / f"{now - timedelta(days=back):%Y-%m-%d}.anchor" for back in range(days)]
    for file in files:
        file.write_text(f"the anchor {file.name}\n")
    return files


async def told(world: World) -> int:
    """How many lines the journal has of stamps."""
    return len(
        await world.store.read(lambda tx: tx.journal_search.found(LinesAsked(event="anchor_stamped"), 99))
    )


async def test_a_week_of_anchors_is_stamped_the_latest_first(
    world: World, house: StampingHouse, tmp_path: Path
) -> None:
    files, stamps = anchors(world, tmp_path, 9), StampingAuthority(house.url, house.root)
    stamping = Stamping(world.store, world.clock, stamps, tmp_path)
    assert await stamping.run_once(3) == 3
    assert [stamp_beside(file).exists() for file in files] == [True] * 3 + [False] * 6
    assert await stamping.run_once(9) == 4
    assert await stamping.run_once(9) == 0
    assert [stamp_beside(file).exists() for file in files] == [True] * 7 + [False] * 2
    assert await told(world) == 7
    for file in files[:7]:
        stamp = stamp_of(file, world.clock.now(), stamps)
        assert stamp is not None
        assert stamp.at is not None
    assert stamp_of(files[8], world.clock.now(), stamps) is None


async def test_an_authority_that_is_away_is_asked_again(
    world: World, house: StampingHouse, tmp_path: Path
) -> None:
    (file,) = anchors(world, tmp_path, 1)
    stamping = Stamping(world.store, world.clock, StampingAuthority(house.url, house.root), tmp_path)
    house.status = 503
    assert await stamping.run_once(9) == 0
    house.status, house.replays = 200, True
    assert await stamping.run_once(9) == 0  # an old answer is none
    assert not stamp_beside(file).exists()
    assert await told(world) == 0
    house.replays = False
    assert await stamping.run_once(9) == 1
    assert await told(world) == 1


async def test_without_an_authority_to_ask_nothing_is_done(
    world: World, house: StampingHouse, tmp_path: Path
) -> None:
    (file,) = anchors(world, tmp_path, 1)
    for stamps in (None, StampingAuthority("", house.root)):
        stamping = Stamping(world.store, world.clock, stamps, tmp_path)
        assert not stamping.can_ask
        assert await stamping.run_once(9) == 0
    stamp_beside(file).write_bytes(b"whatever")
    unchecked = stamp_of(file, world.clock.now(), None)
    assert unchecked is not None
    assert (unchecked.is_checked, unchecked.at, unchecked.is_late) == (False, None, False)


def test_a_stamp_of_long_after_is_late(world: World) -> None:
    now = world.clock.now()
    ages = {timedelta(seconds=-5): False, timedelta(days=7): False, timedelta(days=9): True}
    assert {age: AnchorStamp("x", now, now + age, is_checked=True).is_late for age in ages} == ages
