"""The directory where it is kept: the same on a SQLite file and in PostgreSQL. domain.md §7."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from tests.support.extraction import PUBLISHED, a_doctor, a_file, a_service

from vaguemestre.directory.importing import Terms, import_from
from vaguemestre.directory.place import Place
from vaguemestre.directory.postgresql_place import PostgresqlPlace
from vaguemestre.directory.postgresql_reader import PostgresqlDirectory
from vaguemestre.directory.source import source_at
from vaguemestre.directory.sqlite_file import SqlitePlace
from vaguemestre.directory.sqlite_reader import SqliteDirectory
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.folding import words_of
from vaguemestre.service.ports.directory import Directory, DirectoryRefused, Imported, Wanted
from vaguemestre.service.ports.store import StoreBusyError

DOCTOR = parse_address("elodie.le-goff@medecin.mssante.example")


@dataclass(frozen=True, slots=True)
class Kept:
    place: Place
    directory: Directory


@pytest.fixture
def kept(database_url: str, tmp_path: Path) -> Iterator[Kept]:
    """Beside the mail's database, or in it."""
    if database_url.startswith("postgresql"):
        server = PostgresqlDirectory(database_url)
        yield Kept(PostgresqlPlace(database_url), server)
        server.close()
    else:
        file = SqliteDirectory(tmp_path / "directory.db")
        yield Kept(SqlitePlace(tmp_path / "directory.db"), file)
        file.close()


def imported(place: Place, path: Path, terms: Terms | None = None) -> Imported:
    return import_from(source_at(path), place, terms or Terms(), lambda _read, _size: None, {})


def many(count: int) -> list[str]:
    return [a_doctor(f"dr.{number}@medecin.mssante.example") for number in range(count)]


def test_a_file_much_smaller_than_the_directory_is_refused(kept: Kept, tmp_path: Path) -> None:
    imported(kept.place, a_file(tmp_path, many(100), "Extraction_202611010100.txt"))
    small = a_file(tmp_path, many(89))
    with pytest.raises(DirectoryRefused, match="89 mailboxes, 90 are expected"):
        imported(kept.place, small)
    assert imported(kept.place, small, Terms(least_share=80)).state.rows == 89


def test_one_import_runs_at_a_time(kept: Kept, tmp_path: Path) -> None:
    path = a_file(tmp_path, many(2))
    with kept.place.building(), pytest.raises(DirectoryRefused, match="Another import"):
        imported(kept.place, path)
    assert imported(kept.place, path).is_new


async def test_readers_see_the_old_directory_until_the_new_one_is_whole(kept: Kept, tmp_path: Path) -> None:
    directory = kept.directory
    assert (list(directory.listings(DOCTOR)), await directory.state()) == ([], None)
    imported(kept.place, a_file(tmp_path, [a_doctor()], "Extraction_202611010100.txt"))
    before = await directory.state()
    assert before is not None
    assert len(directory.listings(DOCTOR)) == 1
    with kept.place.building() as building:
        assert len(directory.listings(DOCTOR)) == 1
        building.put_in_place("new", PUBLISHED, datetime(2026, 11, 23, tzinfo=UTC))
    after = await directory.state()
    assert after is not None
    assert (before.rows, after.rows, directory.listings(DOCTOR)) == (1, 0, [])


async def test_the_directory_is_searched_by_what_people_know(kept: Kept, tmp_path: Path) -> None:
    lines = [
        a_doctor(),
        a_doctor(
            "jean.martin@medecin.mssante.example", nom="MARTIN", prenom="Jean", rpps="10000000025", raison=""
        ),
        a_doctor(
            "zoe.martinez@medecin.mssante.example",
            nom="MARTINEZ",
            prenom="Zoé",
            rpps="10000000033",
            raison="",
        ),
        a_service(),
        a_service("cardiologie@chu-brest.mssante.example", structure="290000025"),
    ]
    imported(kept.place, a_file(tmp_path, lines))
    directory = kept.directory

    async def names(wanted: Wanted, limit: int = 10) -> list[str]:
        return [listing.name for listing in await directory.search(wanted, limit)]

    assert await names(Wanted(words_of("GOFF elodie"))) == ["Élodie LE GOFF"]
    assert await names(Wanted(words_of("le-goff medec"))) == ["Élodie LE GOFF"]
    assert await names(Wanted(words_of("martin"))) == ["Jean MARTIN", "Zoé MARTINEZ"]  # whole words first
    assert await names(Wanted(words_of("martin")), 1) == ["Jean MARTIN"]
    assert await names(Wanted(name=words_of("mart"), place=words_of("29"))) == ["Jean MARTIN", "Zoé MARTINEZ"]
    assert await names(Wanted(name=words_of("brest"))) == [
        "CHU DE BREST - CARDIOLOGIE"
    ]  # once, of two places
    assert await names(Wanted(occupation=words_of("générale"), name=words_of("zoe"))) == ["Zoé MARTINEZ"]
    assert await names(Wanted(words_of("10000000025"))) == ["Jean MARTIN"]
    assert await names(Wanted(address="jean.m")) == ["Jean MARTIN"]
    assert await names(Wanted(words_of("cardio"), address="@chu")) == ["CHU DE BREST - CARDIOLOGIE"]
    assert await names(Wanted(words_of('martin" OR "le'))) == []
    assert [one.name for one in await directory.numbered("290000025", 5)] == ["CHU DE BREST - CARDIOLOGIE"]
    assert len(directory.listings(parse_address("cardiologie@chu-brest.mssante.example"))) == 2


def test_an_account_that_may_make_no_schema_is_told_what_it_needs(database_url: str, tmp_path: Path) -> None:
    if not database_url.startswith("postgresql"):
        pytest.skip("a file needs no leave")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE reader_alone LOGIN")
    url = database_url.replace("postgresql://postgres@", "postgresql://reader_alone@", 1)
    with pytest.raises(DirectoryRefused, match="GRANT CREATE"):
        imported(PostgresqlPlace(url), a_file(tmp_path, many(1)))


async def test_a_server_out_of_reach_is_busy_and_not_an_empty_directory() -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    directory = PostgresqlDirectory(url)
    with pytest.raises(StoreBusyError):
        directory.listings(DOCTOR)
    with pytest.raises(StoreBusyError):
        await directory.state()
    with pytest.raises(StoreBusyError):
        PostgresqlPlace(url).state()
    directory.close()
