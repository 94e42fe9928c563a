"""Statistics on their screen: a month as a table, a year as charts, and the files. domain.md §8."""

import csv
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.console_house import CITIZEN_DOMAIN, PROFESSIONAL_DOMAIN, ConsoleHouse, a_console_house
from tests.support.console_months import MONTHS, months_went_by

from vaguemestre.policy.administration import Role

FILES = ("/statistics/figures.csv", "/statistics/columns.csv")
LAST = MONTHS[-2]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    columns = {("statistics", "columns"): ("Mois=month", "Domaine=domain", "Connexions=sign_ins/PER")}
    async with a_console_house(tmp_path, columns) as opened:
        await months_went_by(opened)
        yield opened


async def test_a_month_is_told_by_kind_and_by_domain_and_a_year_is_drawn(house: ConsoleHouse) -> None:
    async with house.signed_in(Role.AUDITOR) as browser:
        page = (await browser.get("/statistics", params={"month": LAST})).text
        assert "7\u202f136</strong>" in page  # sent, in all: 4,460 and twelve twentieths more
        assert "novembre 2025" in page
        assert 'class="part4"' in page
        assert "style=" not in page
        assert "12,2\u00a0Go" in page
        assert "72,4" in page
        assert f'<a href="/statistics?month={LAST}&amp;domain={PROFESSIONAL_DOMAIN}">' in page
        of_one = (
            await browser.get("/statistics", params={"month": LAST, "domain": CITIZEN_DOMAIN.upper()})
        ).text
        assert "1\u202f440</strong>" in of_one
        assert "12\u202f" not in of_one
        assert "Par domaine" not in of_one
        nothing = (
            await browser.get("/statistics", params={"month": LAST, "domain": "elsewhere.example"})
        ).text
        assert "Rien n&#39;a été compté" in nothing
        english = (await browser.get("/statistics", headers={"accept-language": "en"})).text
        assert "Active mailboxes" in english


async def test_the_files_are_those_of_the_command(house: ConsoleHouse) -> None:
    async with house.signed_in(Role.AUDITOR) as browser:
        told = await browser.get(FILES[0], params={"domain": PROFESSIONAL_DOMAIN})
        assert told.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(told.text.splitlines()))
        assert {row["domain"] for row in rows} == {PROFESSIONAL_DOMAIN}
        assert [row["month"] for row in rows if row["kind"] == "PER" and row["month"] in MONTHS] == [
            *MONTHS[::-1]
        ]
        named = await browser.get(FILES[1], params={"month": LAST})
        assert named.headers["content-disposition"] == f'attachment; filename="columns-{LAST}.csv"'
        assert f"{LAST};{PROFESSIONAL_DOMAIN};19200\r\n" in named.text


async def test_what_is_no_month_is_refused_and_who_may_not_see_it_gets_no_file(house: ConsoleHouse) -> None:
    async with house.signed_in(Role.AUDITOR) as browser:
        for path in ("/statistics", *FILES):
            for month in ("2026-13", "mars", "2026-1", '"', "2026-0١"):
                assert (await browser.get(path, params={"month": month})).status_code == 400, (path, month)
    async with house.signed_in(Role.SUPPORT) as browser:
        for path in FILES:
            assert (await browser.get(path)).status_code == 403


async def test_a_new_service_says_that_nothing_was_counted_and_has_no_columns(tmp_path: Path) -> None:
    async with a_console_house(tmp_path) as house, house.signed_in(Role.OPERATOR) as browser:
        assert "Rien n&#39;a encore été compté" in (await browser.get("/statistics")).text
        assert (await browser.get(FILES[1])).status_code == 404
        assert (await browser.get(FILES[0])).text.startswith("month,domain,kind,sent,")
