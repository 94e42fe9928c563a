"""The trust list from the command line: taken, looked at, verified, and told in the reader's language."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.support.command_line import PROFESSIONAL_DOMAIN, CommandLine
from tests.support.trust_lists import A_HOSPITAL, a_signed_list, operators_of, trust_settings

from vaguemestre.net.health_pki import LISTS_LAST, HealthPki, make_health_pki

NOW = datetime.now(UTC).replace(microsecond=0)
OTHER = "CN=autre.example,OU=399999999900064,O=AUTRE,C=FR"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> HealthPki:
    made = make_health_pki(tmp_path_factory.mktemp("health") / "pki", NOW - timedelta(days=20))
    made.publish(NOW)
    return made


@pytest.fixture
def published(vaguemestre: CommandLine, pki: HealthPki, tmp_path: Path) -> Path:
    """Where the list is looked for by a house that has its ``[trust]``."""
    path = tmp_path / "published.xml"
    config = vaguemestre.config
    kept = [line for line in config.read_text().splitlines() if line != "[trust]"]
    config.write_text("\n".join(kept) + "\n" + trust_settings(pki, path))
    return path


def publish(path: Path, pki: HealthPki, *pairs: tuple[str, str], at: datetime = NOW) -> bytes:
    octets = a_signed_list(pki, pairs, at)
    path.write_bytes(octets)
    return octets


def test_a_gateway_that_is_alone_says_so(vaguemestre: CommandLine) -> None:
    said = vaguemestre("trust", "list")
    assert said.status == 4
    assert "[trust] url or path" in said.err
    assert "none: this gateway is alone" in vaguemestre("check").out


def test_before_the_first_refresh_the_way_to_a_list_is_told(
    vaguemestre: CommandLine, published: Path
) -> None:
    assert "vaguemestre trust refresh" in vaguemestre("trust", "list").err
    said = vaguemestre("check")
    assert said.status == 1
    assert "no list was taken yet" in said.out
    assert vaguemestre("trust", "refresh").status == 1
    assert not published.exists()


def test_a_list_is_taken_and_looked_at(vaguemestre: CommandLine, published: Path, pki: HealthPki) -> None:
    pairs = operators_of(pki, operator="Hopital.mssante.fr", citizen_operator="patient.mssante.fr")
    publish(published, pki, *pairs, ("hopital.mssante.fr", OTHER))
    said = vaguemestre("trust", "refresh")
    assert said.status == 0
    assert "First list taken." in said.out
    assert "2 domains, 3 certificates" in said.out
    listed = vaguemestre("trust", "list", "fictive").out
    assert "patient.mssante.fr" in listed
    assert "hopital" not in listed
    shown = vaguemestre("trust", "show", "HOPITAL.mssante.fr", "--json").json()
    assert isinstance(shown, dict)
    assert [entry["subject"] for entry in shown["entries"]] == [pairs[0][1], OTHER]
    assert shown["list"]["current"] is True
    assert "autre.example" in vaguemestre("trust", "show", "hopital.mssante.fr").out
    assert "2 domains, 0 days old" in vaguemestre("check").out


def test_who_takes_a_list_has_a_line_in_the_journal(
    vaguemestre: CommandLine, published: Path, pki: HealthPki
) -> None:
    publish(published, pki, A_HOSPITAL)
    assert vaguemestre("trust", "refresh", "--accept-shrink").status == 0
    (line,) = vaguemestre("audit", "export", "--kind", "trust_list_taken").out.splitlines()
    told = json.loads(line)
    assert told["actor"].startswith("operator:")
    assert (told["detail"]["added"], told["detail"]["accept_shrink"]) == ("1", "yes")
    assert vaguemestre("audit", "verify").status == 0


def test_a_list_is_taken_where_no_database_answers(
    vaguemestre: CommandLine, published: Path, pki: HealthPki
) -> None:
    publish(published, pki, A_HOSPITAL)
    (vaguemestre.config.parent / "vaguemestre.db").unlink()
    said = vaguemestre("trust", "refresh")
    assert (said.status, "the journal has no line of it" in said.err) == (0, True)
    assert vaguemestre("trust", "list").status == 0


def test_a_certificate_is_looked_up_by_its_name_or_its_file(
    vaguemestre: CommandLine, published: Path, pki: HealthPki
) -> None:
    publish(published, pki, *operators_of(pki, operator="hopital.mssante.fr"), ("autre.mssante.fr", OTHER))
    vaguemestre("trust", "refresh")
    assert (
        "autre.mssante.fr"
        in vaguemestre("trust", "show", "/C=FR/O=Autre/OU=399999999900064/CN=autre.example").out
    )
    assert "hopital.mssante.fr" in vaguemestre("trust", "show", str(pki.shown("operator").certificate)).out
    assert vaguemestre("trust", "show", str(pki.shown("app").certificate)).status == 3
    assert vaguemestre("trust", "show", "inconnu.mssante.fr").status == 3
    assert vaguemestre("trust", "show", "CN=").status == 2


def test_a_refresh_tells_what_changed(vaguemestre: CommandLine, published: Path, pki: HealthPki) -> None:
    publish(published, pki, A_HOSPITAL, ("nord.mssante.fr", OTHER), at=NOW - timedelta(days=1))
    vaguemestre("trust", "refresh")
    publish(published, pki, (A_HOSPITAL[0], OTHER), ("sud.mssante.fr", OTHER), ("pas un domaine", OTHER))
    said = vaguemestre("trust", "refresh")
    for change, domain in (("added", "sud"), ("gone", "nord"), ("other certificates", "hopital")):
        assert any(change in line and domain in line for line in said.out.splitlines())
    assert "1 entry skipped" in said.err
    again = vaguemestre("trust", "refresh", "--json").json()
    assert isinstance(again, dict)
    assert (again["added"], again["gone"], again["changed"]) == ([], [], [])
    assert "Nothing changed." in vaguemestre("trust", "refresh").out


def test_a_list_that_loses_many_domains_needs_a_word(
    vaguemestre: CommandLine, published: Path, pki: HealthPki
) -> None:
    config = vaguemestre.config
    config.write_text(config.read_text().replace("most_gone = 100", "most_gone = 10"))
    publish(published, pki, A_HOSPITAL, ("nord.mssante.fr", OTHER), at=NOW - timedelta(minutes=5))
    assert vaguemestre("trust", "refresh").status == 0
    publish(published, pki, A_HOSPITAL)
    said = vaguemestre("trust", "refresh")
    assert (said.status, "loses 1 domains of 2" in said.err) == (1, True)
    assert "--accept-shrink" in said.err
    assert vaguemestre("trust", "refresh", "--accept-shrink").status == 0


def test_a_file_is_verified_and_nothing_changes(
    vaguemestre: CommandLine, published: Path, pki: HealthPki, tmp_path: Path
) -> None:
    other = tmp_path / "other.xml"
    good = publish(other, pki, A_HOSPITAL)
    assert "Good: 1 entries" in vaguemestre("trust", "verify", str(other)).out
    assert vaguemestre("trust", "list").status == 3
    other.write_bytes(good[:-10])
    said = vaguemestre("trust", "verify", str(other))
    assert said.status == 1
    assert "no list that can be read whole" in said.err
    publish(other, pki, A_HOSPITAL, at=NOW - timedelta(days=15))
    assert "is too old" in vaguemestre("trust", "verify", str(other)).err
    publish(published, pki, A_HOSPITAL)
    vaguemestre("trust", "refresh")
    publish(other, pki, A_HOSPITAL, at=NOW - timedelta(days=2))
    assert "is older than the one held" in vaguemestre("trust", "verify", str(other)).err


def test_an_old_list_is_said_to_be_old_wherever_it_is_shown(
    vaguemestre: CommandLine, published: Path, pki: HealthPki
) -> None:
    publish(published, pki, A_HOSPITAL, at=NOW - timedelta(days=5))
    assert "It is old: at 14 days" in vaguemestre("trust", "refresh").err
    assert "5 days old, which is old" in " ".join(vaguemestre("check").out.split())
    kept = vaguemestre.config.parent / "trust-list.xml"
    kept.write_bytes(a_signed_list(pki, [A_HOSPITAL], NOW - timedelta(days=15)))
    assert "It is too old" in vaguemestre("trust", "list").err
    assert vaguemestre("check").status == 1


def test_our_own_domains_have_to_be_listed_for_our_own_certificate(
    vaguemestre: CommandLine, published: Path, pki: HealthPki
) -> None:
    ours = pki.shown("operator")
    lists = ", ".join(f'"{path}"' for path in pki.lists)
    section = f"""[relay]
certificate = "{ours.certificate}"
key = "{ours.key}"
authorities = "{pki.authorities}"
revocations = [{lists}]
"""
    config = vaguemestre.config
    config.write_text(config.read_text().replace("[relay]\n", section))
    publish(published, pki, *operators_of(pki, operator=PROFESSIONAL_DOMAIN))
    vaguemestre("trust", "refresh")
    found = look(vaguemestre)
    assert found["trust list"] == (False, "not listed for patient.mssante.fr")
    both = [PROFESSIONAL_DOMAIN, "patient.mssante.fr"]
    publish(published, pki, *(operators_of(pki, operator=domain)[0] for domain in both))
    vaguemestre("trust", "refresh")
    found = look(vaguemestre)
    assert found["trust list"] == (True, "2 domains, 0 days old")
    assert found["operators"] == (True, f"revocation lists until {NOW + LISTS_LAST:%Y-%m-%d}")


def look(vaguemestre: CommandLine) -> dict[str, tuple[bool, str]]:
    """What check says of operators: whether it is well, and the end of its sentence."""
    findings = vaguemestre("check", "--json").json()
    assert isinstance(findings, list)
    told = {each["part"]: (each["ok"], each["detail"]) for each in findings}
    list_, operators = told["trust list"], told["operators"]
    return {
        "trust list": (list_[0], list_[1].partition("certificate is ")[2].partition(":")[0] or list_[1]),
        "operators": (operators[0], operators[1].rpartition("; ")[2]),
    }


def test_it_speaks_the_readers_language(
    vaguemestre: CommandLine, published: Path, pki: HealthPki, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    publish(published, pki, A_HOSPITAL)
    assert "1 domaines, 1 certificats" in vaguemestre("trust", "refresh").out
    published.write_bytes(b"")
    assert "Ce n'est pas une liste entière" in vaguemestre("trust", "refresh").err
    assert "n'est pas dans l'espace de confiance" in vaguemestre("trust", "show", "a.fr").err
