"""The contract of a place for sealed objects, run against a directory and against a real S3 server."""

import os
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.servers import s3
from tests.support.vault import CLAIRE, NOW, PAUL

from vaguemestre.service.ports.vault import SealBrokenError
from vaguemestre.vault.bodies import Bodies, FileBodies, new_location
from vaguemestre.vault.bodies_s3 import S3Bodies, S3Place
from vaguemestre.vault.keys import generate_master
from vaguemestre.vault.open import open_vault
from vaguemestre.vault.vault import SealedVault


@pytest.fixture(scope="module")
def bucket() -> Iterator[S3Place]:
    with s3() as place:
        yield place


@pytest.fixture(params=["files", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | S3Place:
    if request.param == "files":
        return tmp_path / "objects"
    bucket: S3Place = request.getfixturevalue("bucket")
    return replace(bucket, prefix=f"gateway/{new_location()}")


@pytest.fixture
def bodies(place: Path | S3Place) -> Iterator[Bodies]:
    with ThreadPoolExecutor(1) as executor:
        yield FileBodies(place, executor) if isinstance(place, Path) else S3Bodies(place)


@pytest.fixture
async def vault(place: Path | S3Place, tmp_path: Path) -> AsyncIterator[SealedVault]:
    vault = await open_vault(
        f"sqlite:///{tmp_path}/keys.db", generate_master(), place, tmp_path / "objects" / "spool"
    )
    yield vault
    await vault.close()


def a_file(tmp_path: Path, octets: bytes) -> Path:
    path = tmp_path / "arriving"
    path.write_bytes(octets)
    return path


@pytest.mark.parametrize("size", [0, 1, 200_000, 6_000_000])
async def test_what_was_kept_is_read_and_its_file_is_gone(bodies: Bodies, tmp_path: Path, size: int) -> None:
    octets = os.urandom(size)
    file, location = a_file(tmp_path, octets), new_location()
    await bodies.keep(file, location)
    assert not file.exists()
    if size:
        assert await bodies.read(location, 0, size) == octets
        assert await bodies.read(location, size // 2, size // 2 + 1) == octets[size // 2 : size // 2 + 1]
        assert await bodies.read(location, size - 1, size + 100) == octets[-1:]


async def test_a_removed_object_is_gone_and_a_missing_one_is_no_matter(
    bodies: Bodies, tmp_path: Path
) -> None:
    locations = [new_location() for _ in range(3)]
    for location in locations:
        await bodies.keep(a_file(tmp_path, b"octets"), location)
    await bodies.remove([locations[0], new_location(), locations[1]])
    await bodies.remove([new_location()])
    await bodies.remove([])
    for location in locations[:2]:
        with pytest.raises(FileNotFoundError):
            await bodies.read(location, 0, 6)
    assert await bodies.read(locations[2], 0, 6) == b"octets"


async def test_a_file_that_is_not_there_is_an_os_error(bodies: Bodies, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"."):
        await bodies.keep(tmp_path / "nothing", new_location())


async def test_a_large_body_for_two_is_sealed_read_in_part_and_discarded(vault: SealedVault) -> None:
    octets = os.urandom(700_000)
    spool = vault.spool()
    spool.feed(octets)
    bodies = [await vault.seal(bal, spool, b"card", NOW) for bal in (CLAIRE, PAUL)]
    spool.discard()
    for body in bodies:
        assert b"".join([piece async for piece in vault.open_octets(body)]) == octets
        assert (
            b"".join([piece async for piece in vault.open_octets(body, 65_530, 70_000)])
            == (octets[65_530:135_530])
        )
    await vault.discard(bodies[:1])
    await vault.discard(bodies[:1])
    with pytest.raises(SealBrokenError):
        await anext(vault.open_octets(bodies[0]))
    assert b"".join([piece async for piece in vault.open_octets(bodies[1])]) == octets


async def test_objects_that_no_row_names_are_swept_once_they_are_old(vault: SealedVault) -> None:
    spool = vault.spool()
    spool.feed(os.urandom(100_000))
    kept, stray = [await vault.seal(bal, spool, b"card", NOW) for bal in (CLAIRE, PAUL)]
    spool.discard()
    asked: list[str] = []

    async def known(locations: Sequence[str]) -> set[str]:
        asked.extend(locations)
        return {location for location in locations if location != stray.location}

    now = datetime.now(UTC)
    assert await vault.sweep_objects(known, now - timedelta(hours=1)) == 0
    assert asked == []
    assert await vault.sweep_objects(known, now + timedelta(hours=1)) == 1
    assert {kept.location, stray.location} <= set(asked)
    assert await anext(vault.open_octets(kept))
    with pytest.raises(SealBrokenError):
        await anext(vault.open_octets(stray))


async def test_an_object_in_the_place_of_another_is_broken(vault: SealedVault) -> None:
    spool = vault.spool()
    spool.feed(os.urandom(200_000))
    one, two = [await vault.seal(CLAIRE, spool, b"card", NOW) for _ in range(2)]
    spool.discard()
    with pytest.raises(SealBrokenError):
        await anext(vault.open_octets(replace(one, location=two.location)))


async def test_a_server_that_does_not_answer_is_an_os_error(tmp_path: Path) -> None:
    nowhere = S3Bodies(S3Place("bodies", "http://127.0.0.1:1", "nobody", "nothing"))
    with pytest.raises(OSError, match="object store"):
        await nowhere.read(new_location(), 0, 1)
