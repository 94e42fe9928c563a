"""What is printed of how mail programs find this service."""

import pytest
from tests.support.command_line import PROFESSIONAL_DOMAIN, CommandLine


def test_records_are_printed_as_a_zone_has_them(
    vaguemestre: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAGUEMESTRE_PUBLIC__IMAP", "imap.hopital.example:1993")
    said = vaguemestre("set-up", "dns").out.splitlines()
    assert f"_imaps._tcp.{PROFESSIONAL_DOMAIN}. IN SRV 0 1 1993 imap.hopital.example." in said
    assert vaguemestre("set-up", "dns", "--json").json() == said


def test_where_programs_connect_is_shown(vaguemestre: CommandLine) -> None:
    shown = vaguemestre("set-up", "show", "--json").json()
    assert isinstance(shown, dict)
    assert (shown["IMAP"], shown["SMTP"]) == ("localhost:993", "localhost:465")
    assert "autoconfig" in vaguemestre("set-up", "show").out
