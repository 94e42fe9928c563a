"""The audit on screen: the chain walked, a tampered line located, lines searched and given out."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from tests.support.builders import CITIZEN
from tests.support.console_house import ConsoleHouse, a_console_house, token_in
from tests.support.time_stamping import a_stamping_house, listening

from vaguemestre.mail.bal import BalKind
from vaguemestre.policy.administration import Role
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.ports.store import Transaction
from vaguemestre.stamping.authority import StampingAuthority

INS = CITIZEN.partition("@")[0]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with a_console_house(tmp_path) as opened:
        yield opened


async def asked(browser: httpx.AsyncClient, path: str = "/audit", **typed: str) -> httpx.Response:
    token = token_in((await browser.get("/audit")).text)
    return await browser.post(path, data={"token": token, **typed}, follow_redirects=True)


async def journal(house: ConsoleHouse, event: str) -> list[JournalEntry]:
    return await house.app.services.store.read(lambda tx: tx.journal.entries(event=event))


def tamper(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "vaguemestre.db")) as database, database:
        database.execute(statement)


async def test_a_journal_that_nobody_touched_is_verified_and_the_walk_is_a_line_of_it(
    house: ConsoleHouse,
) -> None:
    async with house.signed_in(Role.AUDITOR) as browser:
        assert "pas encore été vérifié" in (await browser.get("/audit")).text
        page = (await asked(browser, "/audit/verify")).text
        assert "tel qu&#39;il a été écrit" in page.partition("Vérifié le")[2]
        assert "administrateur anna.auditor" in page
    (line,) = await journal(house, "audit_verified")
    assert line.actor == "operator:anna.auditor"
    assert line.detail["found"] == "0"


async def test_a_line_that_was_changed_is_located_on_the_screen(house: ConsoleHouse, tmp_path: Path) -> None:
    await house.bal("claire.martin")
    async with house.signed_in(Role.AUDITOR) as browser:
        await asked(browser, "/audit/verify")
        tamper(tmp_path, "UPDATE journal SET detail = '[' WHERE event = 'account_added'")
        tamper(tmp_path, "DELETE FROM journal WHERE seq = 3")
        page = (await asked(browser, "/audit/verify")).text
        assert "le journal a été altéré" in page
        assert "la ligne a été modifiée" in page
        assert "des lignes ont disparu" in page
        assert '<th scope="row">3</th>' in page
        listed = (await asked(browser, event="account_added")).text
        assert "altérée" in listed.partition("<tbody>")[2]


async def test_whether_an_anchor_was_stamped_outside_is_told(tmp_path: Path) -> None:
    made = await asyncio.to_thread(a_stamping_house, tmp_path / "authority")
    settings = {("audit", "time_stamp_authorities"): str(made.root)}
    with listening(made):
        async with a_console_house(tmp_path / "house", settings) as house:
            await house.bal("claire.martin")
            text = await house.app.services.audit.anchoring.made("test")
            assert text is not None
            stamp = await StampingAuthority(made.url, made.root).stamp(text.encode())
            folder = tmp_path / "house" / "anchors"
            folder.mkdir(exist_ok=True)
            for name, token in {
                "2001-01-01": stamp.token,
                "2001-01-02": b"nothing",
                "2001-01-03": b"",
            }.items():
                (folder / f"{name}.anchor").write_text(text)
                if token:
                    (folder / f"{name}.anchor.tsr").write_bytes(token)
            async with house.signed_in(Role.AUDITOR) as browser:
                page = (await browser.get("/audit")).text
                held, broken, none = (
                    page.partition(f"<code>{name}.anchor</code>")[2]
                    .partition("</tr>")[0]
                    .rpartition("<td")[2]
                    for name in ("2001-01-01", "2001-01-02", "2001-01-03")
                )
                assert stamp.at.astimezone(house.app.services.policy.zone).strftime("%d/%m/%Y %H:%M") in held
                assert "ne vaut pas" in broken
                assert "—" in none
                verified = (await asked(browser, "/audit/verify")).text
                assert "l&#39;horodatage n&#39;est pas celui" in verified


async def test_lines_are_searched_by_account_actor_event_and_day(house: ConsoleHouse) -> None:
    doctor, citizen = await house.bal("claire.martin"), await house.bal(INS, BalKind.CITIZEN)
    await house.letter(doctor, citizen)
    today = house.clock.now().date().isoformat()
    async with house.signed_in(Role.AUDITOR) as browser:
        about = (await asked(browser, account=CITIZEN, event="account_added")).text
        assert about.count('<th scope="row">') == 1
        assert f'href="/mailboxes/{citizen.id}"' in about
        sent = (await asked(browser, by=str(doctor.address), since=today, until=today)).text
        assert '<span title="accepted">Message accepté</span>' in sent
        assert '<option value="account_added">Boîte créée</option>' in sent
        assert "Aucune ligne" in (await asked(browser, by="operator:nobody")).text
        assert "Aucune ligne" in (await asked(browser, until="2001-01-01")).text
        assert "Aucun compte n&#39;a" in (await asked(browser, account="nobody@cabinet.mssante.fr")).text
        assert "pas une adresse" in (await asked(browser, by="@")).text
        for day in ("yesterday", "9999-12-31"):
            assert (await asked(browser, until=day)).status_code == 400
    searched = await journal(house, "audit_searched")
    assert [(line.bal, line.detail) for line in searched] == [
        (doctor.id, {}),
        (citizen.id, {"event": "account_added"}),
    ]


async def test_older_lines_are_a_page_further(house: ConsoleHouse) -> None:
    def unit_of(number: int) -> JournalEntry:
        return JournalEntry(house.clock.now(), "operator:bert", "inspected", None, {"n": f"{number} "})

    def written(tx: Transaction) -> None:
        for number in range(60):
            tx.journal.record(unit_of(number))

    async with house.signed_in(Role.AUDITOR) as browser:
        await house.app.services.store.write(written, "test")
        first = (await asked(browser, by="operator:bert")).text
        assert first.count("n = ") == 50
        before = first.partition('name="before" value="')[2].partition('"')[0]
        rest = (await asked(browser, by="operator:bert", before=before)).text
        assert rest.count("n = ") == 10
        assert "n = 9 " in rest
        assert "n = 10 " not in rest


async def test_what_is_searched_is_given_out_as_the_command_gives_it(house: ConsoleHouse) -> None:
    doctor = await house.bal("claire.martin")
    async with house.signed_in(Role.AUDITOR) as browser:
        given = await asked(browser, "/audit/export", event="account_added", by="operator:test")
        assert given.headers["content-disposition"] == 'attachment; filename="journal.jsonl"'
        (line,) = [json.loads(text) for text in given.text.splitlines()]
        assert (line["event"], line["bal"]) == ("account_added", doctor.id)
        assert (await asked(browser, "/audit/export", account="x")).status_code == 400
        assert (await asked(browser, "/audit/export", account="x@y.example")).status_code == 400
    (exported,) = await journal(house, "audit_exported")
    assert exported.detail == {"events": "account_added", "actor": "operator:test"}
