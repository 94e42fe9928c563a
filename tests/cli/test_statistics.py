"""Figures of a month, from the command line."""

import asyncio
from datetime import timedelta
from pathlib import Path

from tests.cli.test_lived_in import a_doctor_wrote
from tests.support.command_line import CITIZEN, PROFESSIONAL_DOMAIN, CommandLine

from vaguemestre.cli.failures import ExitStatus


def test_what_took_place_is_counted_and_written(vaguemestre: CommandLine, tmp_path: Path) -> None:
    assert "--again" in vaguemestre("statistics").out
    asyncio.run(a_doctor_wrote(vaguemestre, timedelta(days=1)))
    shown = vaguemestre("statistics", "--again")
    assert shown.status == ExitStatus.DONE, shown.err
    assert PROFESSIONAL_DOMAIN in shown.out
    found = vaguemestre("statistics", "--json", "--domain", PROFESSIONAL_DOMAIN).json()
    assert isinstance(found, list)
    assert sum(one["sent"] for one in found) == 1
    assert {one["domain"] for one in found} == {PROFESSIONAL_DOMAIN}
    file = tmp_path / "figures.csv"
    assert vaguemestre("statistics", "--csv", str(file)).status == ExitStatus.DONE
    assert file.read_bytes().startswith(b"month,domain,kind,sent,")
    assert file.stat().st_mode & 0o777 == 0o600
    assert vaguemestre("statistics", "--month", "2001-01", "--csv", "-").out.count("\r\n") == 1
    assert CITIZEN.partition("@")[0] not in shown.out + file.read_text()


def test_columns_are_those_of_the_settings(vaguemestre: CommandLine) -> None:
    assert vaguemestre("statistics", "--columns", "-").status == ExitStatus.CONFIGURATION
    assert vaguemestre("statistics", "--month", "mars").status == ExitStatus.USAGE
    assert written(vaguemestre, 'columns = ["Mois=month", "Connexions=sign_ins"]') == "Mois;Connexions\r\n"
    assert written(vaguemestre, 'separator = "\\t"') == "Mois\tConnexions\r\n"
    assert written(vaguemestre, "separator = 3") == ""


def written(vaguemestre: CommandLine, setting: str) -> str:
    """What the columns look like with one setting more."""
    before = vaguemestre.config.read_text()
    vaguemestre.config.write_text(before.replace("[statistics]", f"[statistics]\n{setting}", 1))
    return vaguemestre("statistics", "--columns", "-").out
