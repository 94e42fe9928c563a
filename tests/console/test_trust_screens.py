"""The trust list on its screen: searched by domain and certificate, its age, page after page."""

import asyncio
from pathlib import Path

from tests.support.console_house import a_console_house
from tests.support.console_trust import a_trust_list

from vaguemestre.policy.administration import Role

NAME = "CN=mss.{0}.example,OU=399999999900015,O=LABO {0},C=FR"


def rows(page: str) -> str:
    """The table alone: the address of a page stands in its foot."""
    return page.partition("<tbody>")[2].partition("</tbody>")[0]


async def test_domains_are_found_by_a_part_of_their_name_or_of_their_certificate(
    tmp_path: Path,
) -> None:
    pairs = [(f"labo{number:02}.example", NAME.format(number)) for number in range(60)]
    trusting = await asyncio.to_thread(a_trust_list, tmp_path, pairs)
    async with a_console_house(tmp_path / "house", trusting) as house:
        async with house.signed_in(Role.AUDITOR) as browser:
            page = (await browser.get("/trust")).text
            assert "labo00.example" in page
            assert "labo49.example" in page
            assert "labo50.example" not in page
            rest = rows((await browser.get("/trust", params={"after": "labo49.example"})).text)
            assert "labo49.example" not in rest
            assert "labo59.example" in rest
            for part in ("LABO07", "labo 7,"):
                found = rows((await browser.get("/trust", params={"part": part})).text)
                assert "labo07.example" in found
                assert "labo08.example" not in found
            assert "Aucun domaine" in (await browser.get("/trust", params={"part": "nowhere"})).text
            radar = (await browser.get("/radar")).text
            assert "en vigueur" in radar
            assert "60" in radar
            house.clock.pass_(days=20)
        async with house.signed_in(Role.DIRECTORY) as browser:
            for path in ("/trust", "/radar"):
                assert "trop vieille" in (await browser.get(path)).text
