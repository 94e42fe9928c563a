"""What the command line says of operators' certificates, and of what they are met with."""

from pathlib import Path

from tests.support.command_line import CommandLine
from tests.support.operator_tls import health_pki

from vaguemestre.net.health_pki import HealthPki


def meets(vaguemestre: CommandLine, pki: HealthPki, name: str = "operator", lists: str = "") -> None:
    """Settings under which other operators are met."""
    shown = pki.shown(name)
    lists = lists or ", ".join(f'"{path}"' for path in pki.lists)
    section = f"""[relay]
certificate = "{shown.certificate}"
key = "{shown.key}"
authorities = "{pki.authorities}"
revocations = [{lists}]
"""
    text = vaguemestre.config.read_text()
    vaguemestre.config.write_text(text.replace("[relay]\n", section))


def finding(vaguemestre: CommandLine) -> dict[str, object]:
    found = vaguemestre("check", "--json").json()
    assert isinstance(found, list)
    return next(each for each in found if each["part"] == "operators")


def test_without_relay_no_operator_is_met(vaguemestre: CommandLine) -> None:
    assert finding(vaguemestre)["detail"] == "none: mail stays here"
    said = vaguemestre("certificate", "show")
    assert said.status == 1
    assert "[relay]" in said.err


def test_our_own_certificate_is_shown_and_another_s(vaguemestre: CommandLine) -> None:
    meets(vaguemestre, health_pki())
    assert str(finding(vaguemestre)["detail"]).startswith("CN=mss.hopital.example,")
    said = vaguemestre("certificate", "show", "--json")
    assert said.status == 0
    assert isinstance(shown := said.json(), dict)
    assert (shown["believed"], shown["subject"]) == (
        "yes",
        "CN=mss.hopital.example,OU=399999999900015,O=HOPITAL FICTIF,ST=Rhône (69),C=FR",
    )
    revoked = vaguemestre("certificate", "show", str(health_pki().shown("revoked").certificate))
    assert revoked.status == 1
    assert "no: revoked" in revoked.out
    assert vaguemestre("certificate", "show", "no-such-file.pem").status == 2


def test_a_certificate_that_nobody_would_believe_is_found_by_check(vaguemestre: CommandLine) -> None:
    meets(vaguemestre, health_pki(), "revoked")
    assert finding(vaguemestre)["ok"] is False
    assert "revoked" in str(finding(vaguemestre)["detail"])


def test_a_list_that_is_not_there_is_found_by_check(vaguemestre: CommandLine, tmp_path: Path) -> None:
    lists = ", ".join(f'"{path}"' for path in (*health_pki().lists, "absent.crl"))
    meets(vaguemestre, health_pki(), lists=lists)
    assert "absent.crl" in str(finding(vaguemestre)["detail"])
