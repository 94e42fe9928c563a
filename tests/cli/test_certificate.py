"""Client certificates from the command line."""

from pathlib import Path

from tests.support.client_pki import ClientAuthority
from tests.support.command_line import DOCTOR, PROFESSIONAL_DOMAIN, CommandLine

PROGRAM = f"resultats@{PROFESSIONAL_DOMAIN}"
SUBJECT = "CN=resultats,O=Laboratoire,C=FR"


def test_a_certificate_is_registered_by_its_name_or_its_file(
    vaguemestre: CommandLine, tmp_path: Path
) -> None:
    vaguemestre("bal", "add", PROGRAM, "--kind", "APP")
    assert vaguemestre("certificate", "add", PROGRAM, SUBJECT).status == 0
    shown = ClientAuthority(tmp_path).certificate("CN=autre,O=Laboratoire,C=FR")
    assert vaguemestre("certificate", "add", PROGRAM, str(shown.path)).status == 0
    assert vaguemestre("certificate", "list", PROGRAM, "--json").json() == [
        "CN=autre,O=Laboratoire,C=FR",
        SUBJECT,
    ]
    assert vaguemestre("certificate", "remove", PROGRAM, "C=FR, o=laboratoire, cn=RESULTATS").status == 0
    assert SUBJECT not in vaguemestre("certificate", "list", PROGRAM).out


def test_what_cannot_be_registered_is_refused_with_its_reason(vaguemestre: CommandLine) -> None:
    vaguemestre("bal", "add", PROGRAM, "--kind", "APP")
    vaguemestre("bal", "add", DOCTOR, "--kind", "PER")
    for address, subject, status, reason in (
        (DOCTOR, SUBJECT, 1, "APP"),
        (PROGRAM, "no-such-file.pem", 2, "no certificate"),
        (PROGRAM, "=", 2, "CN="),
    ):
        said = vaguemestre("certificate", "add", address, subject)
        assert (said.status, "Traceback" in said.err) == (status, False)
        assert reason in said.err
    assert vaguemestre("certificate", "remove", PROGRAM, SUBJECT).status == 1
