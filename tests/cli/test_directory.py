"""The directory from the command line: imported, searched, shown; ours that are unlisted stay hidden."""

from pathlib import Path

import pytest
from tests.support.command_line import DOCTOR, PROFESSIONAL_DOMAIN, CommandLine
from tests.support.extraction import a_doctor, a_file, a_service

RPPS = "10000000017"


@pytest.fixture
def extraction(tmp_path: Path) -> Path:
    ours = a_doctor(DOCTOR, nom="MARTIN", prenom="Claire", rpps="10000000025")
    return a_file(tmp_path, [a_doctor(), a_service(), ours])


def test_without_directory_nothing_is_found_and_the_way_to_one_is_told(vaguemestre: CommandLine) -> None:
    said = vaguemestre("directory", "search", "martin")
    assert said.status == 0
    assert "vaguemestre directory import FILE" in said.err
    assert vaguemestre("directory", "import").status == 2
    assert vaguemestre("directory", "search").status == 2
    assert vaguemestre("directory", "show", RPPS).status == 3
    assert vaguemestre("directory", "show", "Claire").status == 3


def test_what_was_imported_is_found_and_shown_with_its_age(
    vaguemestre: CommandLine, extraction: Path
) -> None:
    imported = vaguemestre("directory", "import", str(extraction), "--json").json()
    assert isinstance(imported, dict)
    assert (imported["new"], imported["rows"], imported["missing_columns"]) == (True, 3, [])
    assert "Nothing new" in vaguemestre("directory", "import", str(extraction)).out

    found = vaguemestre("directory", "search", "élodie", "brest", "--json").json()
    assert isinstance(found, dict)
    assert [one["address"] for one in found["listings"]] == ["elodie.le-goff@medecin.mssante.example"]
    assert found["directory"]["published_at"] == "2026-11-22T08:30:00+00:00"
    table = vaguemestre("directory", "search", "--profession", "medecin", "--limit", "1")
    assert "1 mailbox\n" in table.out
    assert "Élodie LE GOFF" in table.out
    shown = vaguemestre("directory", "show", RPPS, "--json").json()
    assert isinstance(shown, dict)
    assert shown["preferred"] == "elodie.le-goff@medecin.mssante.example"
    assert "12 RUE DES LILAS" in vaguemestre("directory", "show", shown["preferred"]).out


def test_it_speaks_the_readers_language(
    vaguemestre: CommandLine, extraction: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert "3 lignes, 3 adresses" in vaguemestre("directory", "import", str(extraction)).out
    said = vaguemestre("directory", "search", "le goff")
    assert "Annuaire du 2026-11-22" in said.out + said.err
    assert "adresse" in said.out


def test_of_ours_only_those_show_that_are_published_and_receive(
    vaguemestre: CommandLine, extraction: Path
) -> None:
    vaguemestre("directory", "import", str(extraction))

    def is_found() -> bool:
        found = vaguemestre("directory", "search", "claire", "martin", "--json").json()
        assert isinstance(found, dict)
        by_address = vaguemestre("directory", "show", DOCTOR).status == 0
        assert by_address == bool(found["listings"])
        return by_address

    assert not is_found()  # the extraction has an address here that nobody holds
    vaguemestre("bal", "add", DOCTOR, "--kind", "PER")
    assert is_found()
    vaguemestre("bal", "change", DOCTOR, "--unlisted")
    assert not is_found()


def test_accounts_of_ours_are_found_before_the_directory_lists_them(vaguemestre: CommandLine) -> None:
    numbers = ("--name", "Zoé Le Goff", "--rpps", RPPS)
    assert vaguemestre("bal", "add", DOCTOR, "--kind", "PER", *numbers).status == 0
    for words in (["goff", "zoe"], [f"@{PROFESSIONAL_DOMAIN}", "zo"], ["claire.mar@"], ["--name", "le"]):
        found = vaguemestre("directory", "search", *words, "--json").json()
        assert isinstance(found, dict)
        expected = [] if "claire.mar@" in words else [DOCTOR]
        assert [one["address"] for one in found["listings"]] == expected
    for asked in (DOCTOR, RPPS):
        assert "Zoé Le Goff" in vaguemestre("directory", "show", asked).out
    assert vaguemestre("directory", "search", "goff", "--place", "brest", "--json").json() == {
        "listings": [],
        "more": False,
        "directory": None,
    }


def test_an_account_takes_from_the_directory_what_is_left_out(
    vaguemestre: CommandLine, extraction: Path
) -> None:
    vaguemestre("directory", "import", str(extraction))
    at = f"e.legoff@{PROFESSIONAL_DOMAIN}"
    said = vaguemestre("bal", "add", at, "--kind", "PER", "--rpps", RPPS)
    assert "From the directory: name Élodie LE GOFF." in said.out
    made = vaguemestre("bal", "add", DOCTOR, "--kind", "PER", "--name", "Dr Martin", "--json").json()
    assert isinstance(made, dict)
    assert (made["name"], made["rpps"], made["finess"]) == ("Dr Martin", "10000000025", None)
    service = vaguemestre(
        "bal", "add", f"cardio@{PROFESSIONAL_DOMAIN}", "--kind", "ORG", "--finess", "290000017", "--json"
    ).json()
    assert isinstance(service, dict)
    assert (service["name"], service["sector"]) == ("CHU DE BREST - CARDIOLOGIE", None)


def test_several_mailboxes_of_one_person_are_shown_without_guessing(
    vaguemestre: CommandLine, tmp_path: Path
) -> None:
    path = a_file(tmp_path, [a_doctor(), a_doctor("e.legoff@chu-brest.mssante.example")])
    vaguemestre("directory", "import", str(path))
    said = vaguemestre("directory", "show", RPPS)
    assert said.status == 0
    assert "the directory does not say" in said.out


def test_a_refused_file_says_why_and_changes_nothing(
    vaguemestre: CommandLine, extraction: Path, tmp_path: Path
) -> None:
    vaguemestre("directory", "import", str(extraction))
    small = a_file(tmp_path, [a_doctor()], "Extraction_202611230830.txt")
    said = vaguemestre("directory", "import", str(small))
    assert (said.status, said.err.strip()) == (
        1,
        "The file has 1 mailboxes, 3 are expected at least: what is in place stays",
    )
    assert vaguemestre("directory", "import", str(small), "--force").status == 0
    assert vaguemestre("directory", "import", str(tmp_path / "nowhere")).status == 1


def test_the_check_tells_of_the_directory(
    vaguemestre: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> tuple[bool, str]:
        parts = vaguemestre("check", "--json").json()
        assert isinstance(parts, list)
        ((ok, detail),) = [(one["ok"], one["detail"]) for one in parts if one["part"] == "directory"]
        return ok, detail

    assert told() == (True, "none")
    file = a_file(tmp_path, [a_doctor()], "Extraction_202001010830.txt")
    monkeypatch.setenv("VAGUEMESTRE_DIRECTORY__PATH", str(file))
    assert told() == (False, "none is imported yet")
    assert vaguemestre("directory", "import").status == 0
    assert told() == (False, "1 mailboxes, of 2020-01-01, which is old")
    monkeypatch.delenv("VAGUEMESTRE_DIRECTORY__PATH")
    assert told() == (True, "1 mailboxes, of 2020-01-01")


def test_an_old_directory_is_said_to_be_old(vaguemestre: CommandLine, tmp_path: Path) -> None:
    vaguemestre("directory", "import", str(a_file(tmp_path, [a_doctor()], "Extraction_202001010830.txt")))
    assert "addresses may have changed" in vaguemestre("directory", "search", "le", "goff").err
    assert PROFESSIONAL_DOMAIN not in vaguemestre("directory", "search", "le", "goff").out
