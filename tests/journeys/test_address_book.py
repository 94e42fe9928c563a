"""The address book of a real server: imported by the command line, searched by OpenLDAP's own client."""

from pathlib import Path

from tests.support.extraction import a_doctor, a_file
from tests.support.journey import PASSWORD, House, a_server, pair
from tests.support.programs import program, run

DOORS = {"VAGUEMESTRE_LISTEN__LDAP": "127.0.0.1:0", "VAGUEMESTRE_LISTEN__LDAPS": "127.0.0.1:0"}


async def test_a_doctor_finds_a_colleague_while_the_server_runs(house: House, tmp_path: Path) -> None:
    ldapsearch, doctor = program("ldapsearch"), pair(0).doctor
    with a_server(house, None, **DOORS) as server:
        imported = house.command("directory", "import", str(a_file(tmp_path, [a_doctor()])))
        assert imported.status == 0, imported.err
        for scheme, more in (("ldaps", []), ("ldap", ["-ZZ"])):
            at = f"{scheme}://127.0.0.1:{server.ports[scheme]}"
            asked = [
                ldapsearch,
                "-LLL",
                "-x",
                "-H",
                at,
                *more,
                "-D",
                doctor,
                "-w",
                PASSWORD,
                "-b",
                "o=annuaire",
            ]
            said = await run(*asked, "(sn=goff*)", "mail", LDAPTLS_CACERT=str(house.authority))
            assert said.status == 0, said.said
            assert "mail: elodie.le-goff@medecin.mssante.example" in said.said
        assert server.stop() == 0
        assert "Traceback" not in server.log
