"""An extraction becomes the directory, or the one in place stays. domain.md §7."""

import sqlite3
import zipfile
from pathlib import Path

import pytest
from benchmarks.directory_file import COLUMNS
from hypothesis import given
from hypothesis import strategies as st
from tests.support.extraction import FILE, PUBLISHED, a_doctor, a_file, a_service

from vaguemestre.directory.importing import Terms, import_from
from vaguemestre.directory.source import date_in, source_at
from vaguemestre.directory.sqlite_file import SqlitePlace
from vaguemestre.directory.sqlite_reader import SqliteDirectory
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.folding import folded
from vaguemestre.service.ports.directory import DirectoryRefused, Imported

DOCTOR = parse_address("elodie.le-goff@medecin.mssante.example")


@pytest.fixture
def place(tmp_path: Path) -> SqlitePlace:
    return SqlitePlace(tmp_path / "directory.db")


def imported(
    place: SqlitePlace, path: Path, terms: Terms | None = None, sectors: dict[str, str] | None = None
) -> Imported:
    return import_from(source_at(path), place, terms or Terms(), lambda _read, _size: None, {})


def many(count: int) -> list[str]:
    return [a_doctor(f"dr.{number}@medecin.mssante.example") for number in range(count)]


def test_a_row_is_read_by_the_names_of_its_columns(place: SqlitePlace, tmp_path: Path) -> None:
    result = imported(place, a_file(tmp_path, [a_doctor(), a_service()]))
    assert (result.state.rows, result.state.published_at, result.missing) == (2, PUBLISHED, ())
    directory = SqliteDirectory(tmp_path / "directory.db")
    (listing,) = directory.listings(DOCTOR)
    assert (listing.name, listing.place, listing.street) == (
        "Élodie LE GOFF",
        "29200 BREST",
        "12 RUE DES LILAS",
    )
    assert (listing.rpps, listing.finess, listing.occupation) == (
        "10000000017",
        "690000013",
        "Médecin, Médecine générale",
    )
    directory.close()


@pytest.mark.parametrize("ending", ["|\n", "|\r\n", "\r\n"])
def test_older_files_and_other_tools_end_lines_in_their_own_way(
    place: SqlitePlace, tmp_path: Path, ending: str
) -> None:
    text = "".join(f"{line}{ending}" for line in (COLUMNS, a_doctor(), a_service()))
    path = tmp_path / FILE
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert imported(place, path).state.rows == 2


def test_columns_may_come_in_another_order_and_a_missing_one_is_told(
    place: SqlitePlace, tmp_path: Path
) -> None:
    path = a_file(tmp_path, [f"{DOCTOR}|LE GOFF|PER"], header="Adresse BAL|Nom d'exercice|Type de BAL")
    result = imported(place, path)
    assert "Prénom d'exercice" in result.missing
    directory = SqliteDirectory(tmp_path / "directory.db")
    assert directory.listings(DOCTOR)[0].name == "LE GOFF"
    directory.close()


def test_a_zipped_file_is_read_as_it_unpacks_and_dated_by_its_name(
    place: SqlitePlace, tmp_path: Path
) -> None:
    plain = a_file(tmp_path, [a_doctor()])
    packed = plain.with_suffix(".zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(plain, plain.name)
    assert imported(place, packed).state.published_at == PUBLISHED


def test_of_a_folder_the_newest_is_taken(place: SqlitePlace, tmp_path: Path) -> None:
    folder = tmp_path / "extractions"
    folder.mkdir()
    a_file(folder, many(3), "Extraction_202611200100.txt")
    a_file(folder, many(2), "Extraction_202611190100.txt")
    assert imported(place, folder).state.rows == 3
    with pytest.raises(DirectoryRefused, match="no extraction in"):
        source_at(_empty(tmp_path))


def _empty(folder: Path) -> Path:
    (folder / "empty").mkdir()
    return folder / "empty"


def test_the_same_file_is_not_imported_twice_and_an_older_one_by_force_alone(
    place: SqlitePlace, tmp_path: Path
) -> None:
    newer, older = a_file(tmp_path, many(2)), a_file(tmp_path, many(3), "Extraction_202611010100.txt")
    assert imported(place, newer).is_new
    assert not imported(place, newer).is_new
    with pytest.raises(DirectoryRefused, match="older file"):
        imported(place, older)
    assert imported(place, older, Terms(forced=True)).state.rows == 3


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (f"{COLUMNS}\n{a_doctor()}\n{a_doctor()[:90]}".encode(), "cut"),
        (b"name|mail\nClaire|claire@example.fr\n", "no extraction"),
        (b"", "no extraction"),
        (f"{COLUMNS}\n{a_doctor()}\n".encode("utf-16"), "UTF-8"),
        (f"{COLUMNS}\n{'x' * 20_000}\n".encode(), "length"),
        (f"{COLUMNS}\n".encode(), "2 are expected"),
        (f"{COLUMNS}\n{a_doctor('not an address')}\n{a_doctor()}\n".encode(), "1 of 2 lines"),
    ],
)
def test_a_file_that_is_not_whole_leaves_the_directory_in_place(
    place: SqlitePlace, tmp_path: Path, content: bytes, sentence: str
) -> None:
    imported(place, a_file(tmp_path, many(2), "Extraction_202611010100.txt"))
    broken = tmp_path / FILE
    broken.write_bytes(content)
    with pytest.raises(DirectoryRefused, match=sentence):
        imported(place, broken)
    state = place.state()
    assert state is not None
    assert state.rows == 2
    assert not list(tmp_path.glob("*.next"))


def test_a_cut_archive_is_refused(place: SqlitePlace, tmp_path: Path) -> None:
    packed = tmp_path / "Extraction.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("one.txt", "a")
        archive.writestr("two.txt", "b")
    with pytest.raises(DirectoryRefused, match="holds 2"):
        imported(place, packed)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("Extraction.txt", f"{COLUMNS}\n{a_doctor()}\n")
    octets = bytearray(packed.read_bytes())
    octets[len(COLUMNS) // 2] ^= 1  # its check sum no longer holds
    packed.write_bytes(octets)
    with pytest.raises(DirectoryRefused, match="broken"):
        imported(place, packed)


def test_a_file_of_another_release_is_none(place: SqlitePlace, tmp_path: Path) -> None:
    imported(place, a_file(tmp_path, many(1)))
    with sqlite3.connect(tmp_path / "directory.db") as connection:
        connection.execute("PRAGMA user_version=999")
    connection.close()
    assert place.state() is None
    (tmp_path / "directory.db").write_bytes(b"no database at all" * 100)
    assert place.state() is None
    assert SqliteDirectory(tmp_path / "directory.db").listings(DOCTOR) == ()


@given(st.text())
def test_folding_twice_changes_nothing_and_leaves_words_alone(text: str) -> None:
    once = folded(text)
    assert folded(once).split() == once.split()


def test_dates_are_read_in_names() -> None:
    assert date_in("Extraction_Correspondance_MSSante_202611220830.txt") == PUBLISHED
    assert date_in("Extraction_20261122.zip") == PUBLISHED.replace(hour=0, minute=0)
    assert date_in("Extraction_20261341.zip") is None
    assert date_in("extraction-correspondance-mssante.txt") is None
