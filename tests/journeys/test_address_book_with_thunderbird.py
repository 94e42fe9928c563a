"""Thunderbird itself, without a window, completes what is typed into «To» from the address book."""

from pathlib import Path

from tests.support.builders import DOCTOR
from tests.support.ldap_door import BASE, PASSWORD, an_open_ldap
from tests.support.smtp_door import pki
from tests.support.thunderbird import a_thunderbird

TYPED = Path(__file__).with_name("thunderbird_addresses.js").read_text()


async def test_thunderbird_proposes_who_is_in_the_directory(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    authority = "".join(pki().authority.read_text().splitlines()[1:-1])
    async with (
        an_open_ldap(tmp_path / "server", require_tls=True) as opened,
        a_thunderbird(tmp_path) as thunderbird,
    ):
        answer = await thunderbird.script(
            TYPED,
            {
                "port": opened.tls_port,
                "base": BASE,
                "user": DOCTOR,
                "password": PASSWORD,
                "authority": authority,
                "typed": ["élod", "jean mart", "nobody"],
            },
        )
        assert isinstance(answer, dict)
        assert "wrong" not in answer, answer
        assert answer["found"] == [
            ["Élodie LE GOFF <elodie.le-goff@medecin.mssante.example>"],
            ["Jean MARTIN <jean.martin@medecin.mssante.example>"],
            [],
        ]
