"""``init`` makes a folder that ``check`` finds in order, and never replaces anything."""

import stat
from pathlib import Path

import pytest
from tests.support.command_line import CommandLine

from vaguemestre.cli.main import main
from vaguemestre.settings import read_settings


def test_a_new_folder_passes_the_check(vaguemestre: CommandLine) -> None:
    said = vaguemestre("check")
    assert (said.status, said.err) == (0, "")
    assert "Everything is in order." in said.out


def test_secrets_are_readable_by_their_owner_alone(house: Path) -> None:
    for name in ("master.key", "certs/server.key", "certs/ca.key"):
        assert stat.S_IMODE((house / name).stat().st_mode) == 0o600


def test_the_domains_are_those_asked_for(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    asked = ["--professional-domain", "A.mssante.fr", "--professional-domain", "b.mssante.fr"]
    assert main(["init", str(folder), *asked, "--citizen-domain", "p.mssante.fr"]) == 0
    domains = read_settings(folder / "vaguemestre.toml").domains
    assert domains.professional == ("a.mssante.fr", "b.mssante.fr")
    assert domains.citizen == ("p.mssante.fr",)


def test_nothing_is_replaced(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (house / "master.key").read_bytes()
    assert main(["init", str(house)]) == 1
    assert "already holds" in capsys.readouterr().err
    assert (house / "master.key").read_bytes() == before


def test_a_failure_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAGUEMESTRE_DATABASE__URL", "sqlite:////nowhere/at/all.db")
    assert main(["init", str(tmp_path / "made")]) != 0
    assert capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_what_is_not_a_domain_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path / "made"), "--citizen-domain", "not a domain"]) == 2
    assert (
        main(["init", str(tmp_path / "made"), "--citizen-domain", "a.fr", "--professional-domain", "A.fr"])
        == 2
    )
    assert not (tmp_path / "made").exists()


def test_who_makes_an_installation_has_its_first_line(vaguemestre: CommandLine) -> None:
    assert '"installed"' in vaguemestre("audit", "export").out.splitlines()[0]


def test_a_migration_has_a_line_when_it_changed_something(vaguemestre: CommandLine) -> None:
    assert vaguemestre("migrate").status == 0
    asked = ("audit", "export", "--kind", "database_migrated")
    assert vaguemestre(*asked).out == ""
    (vaguemestre.config.parent / "vaguemestre.db").unlink()
    assert vaguemestre("migrate").status == 0
    assert len(vaguemestre(*asked).out.splitlines()) == 1
