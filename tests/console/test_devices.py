"""Connect my device: a holder makes passwords for his devices on a page. domain.md §5."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from imapclient import IMAPClient
from imapclient.exceptions import LoginError
from tests.support.builders import CITIZEN
from tests.support.console_desk import a_desk
from tests.support.console_house import PASSWORD, ConsoleHouse, a_console_house
from tests.support.smtp_door import client_context
from tests.support.world import a_world

from vaguemestre.console.application import application
from vaguemestre.console.machines import Machines
from vaguemestre.directory.sqlite_reader import SqliteDirectory
from vaguemestre.exposition.prometheus import PrometheusText
from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.service.accounts.devices import Devices
from vaguemestre.service.health.readiness import Readiness
from vaguemestre.service.health.readings import Gauges, Readings
from vaguemestre.service.sign_in.authentication import Authentication
from vaguemestre.service.sign_in.outcome import Channel, SignedIn
from vaguemestre.service.sign_in.passwords import Passwords
from vaguemestre.service.telling.set_up import Place, PublicAccess, SetUp, mobile_code

DOCTOR = "claire.martin@cabinet.mssante.fr"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ConsoleHouse]:
    folder: Path = tmp_path_factory.mktemp("devices")
    async with a_console_house(folder / "house") as opened:
        await opened.bal("claire.martin", name="Dr Claire MARTIN")
        await opened.bal(CITIZEN.partition("@")[0], BalKind.CITIZEN)
        yield opened


together = pytest.mark.asyncio(loop_scope="module")


async def asked(
    house: ConsoleHouse, act: str, device: str = "", password: str = PASSWORD, address: str = DOCTOR
) -> httpx.Response:
    form = {"address": address, "password": password, "device": device, "act": act}
    async with house.browser() as browser:
        return await browser.post("/devices", data=form)


def told(page: httpx.Response) -> str:
    found = re.search(r'<code class="secret">([^<]+)</code>', page.text)
    assert found is not None, page.text
    return found[1]


def mail_read_with(house: ConsoleHouse, address: str, password: str) -> list[str]:
    port = house.app.port("imaps")
    with IMAPClient("localhost", port=port, ssl_context=client_context()) as client:
        client.login(address, password)
        client.select_folder("INBOX")
        found = client.fetch(client.search("ALL"), ["RFC822"]).values()
        return [str(message_from_bytes(one[b"RFC822"], policy=default)["Subject"]) for one in found]


@together
async def test_a_device_reads_mail_until_it_is_taken_back(house: ConsoleHouse) -> None:
    page = await asked(house, "add", "iPhone 15")
    assert page.status_code == 200
    password = told(page)
    assert "<svg" in page.text
    assert "style=" not in page.text  # the policy of content would not show it
    subjects = await asyncio.to_thread(mail_read_with, house, DOCTOR, password)
    assert "A device can read your messages" in subjects[-1]
    listed = await asked(house, "list")
    assert "iPhone 15" in listed.text
    assert password not in listed.text
    assert "iPhone 15" not in (await asked(house, "remove", "iPhone 15")).text
    with pytest.raises(LoginError):
        await asyncio.to_thread(mail_read_with, house, DOCTOR, password)
    subjects = await asyncio.to_thread(mail_read_with, house, DOCTOR, PASSWORD)
    assert "A device can no longer read your messages" in subjects[-1]


@together
async def test_a_citizen_connects_his_and_no_path_has_his_number(house: ConsoleHouse) -> None:
    page = await asked(house, "add", "tablette", address=CITIZEN)
    assert CITIZEN not in str(page.url)
    assert await asyncio.to_thread(mail_read_with, house, CITIZEN, told(page))
    async with house.browser() as browser:
        profile = await browser.post("/devices/apple", data={"address": CITIZEN})
    assert profile.headers["content-type"] == "application/x-apple-aspen-config"
    assert CITIZEN.encode() in profile.content


@together
async def test_a_devices_password_makes_no_other_and_lists_none(house: ConsoleHouse) -> None:
    password = told(await asked(house, "add", "bureau"))
    for act in ("add", "list", "remove"):
        page = await asked(house, act, "bureau", password)
        assert page.status_code == 400
        assert "celui de la boîte" in page.text
    assert "bureau" in (await asked(house, "list")).text


@together
async def test_who_does_not_know_the_password_is_told_what_any_door_tells(house: ConsoleHouse) -> None:
    for address in (DOCTOR, "nobody@cabinet.mssante.fr", "no address"):
        page = await asked(house, "list", password="faux", address=address)
        assert page.status_code == 403
        assert "L&#39;adresse ou le mot de passe est faux" in page.text


@together
async def test_what_cannot_be_is_said_in_the_readers_language(house: ConsoleHouse) -> None:
    assert (
        "cette boîte n&#39;a pas d&#39;appareil nommé"
        in (await asked(house, "remove", "grille")).text.lower()
    )
    assert (await asked(house, "add", "")).status_code == 400
    assert (await asked(house, "dance")).status_code == 400
    async with house.browser() as browser:
        page = await browser.get("/devices", headers={"accept-language": "en"})
        assert "Connect my device" in page.text
        form = {"address": DOCTOR, "password": PASSWORD, "act": "list"}
        elsewhere = await browser.post("/devices", data=form, headers={"sec-fetch-site": "cross-site"})
    assert elsewhere.status_code == 403


class LeavingMeanwhile:
    """The password was right, and by the time it is known the account is no more."""

    def __init__(self, signing: Authentication) -> None:
        self._signing = signing

    @property
    def passwords(self) -> Passwords:
        return self._signing.passwords

    async def sign_in(self, username: str, password: str, channel: Channel) -> SignedIn:
        signed_in = await self._signing.sign_in(username, password, channel)
        return SignedIn(replace(signed_in.bal, address=parse_address("gone@cabinet.mssante.fr")))


@pytest.mark.parametrize("act", ["add", "list", "remove"])
async def test_an_account_that_goes_meanwhile_is_one_that_was_not_there(tmp_path: Path, act: str) -> None:
    access = PublicAccess("h", "h", ("b.fr",), Place("imap.b.fr", 993), Place("smtp.b.fr", 465))
    async with a_world(tmp_path) as world:
        await world.bal(DOCTOR, password=PASSWORD)
        leaving = Devices(
            world.store, world.vault, world.clock, LeavingMeanwhile(world.authentication), "mail.example"
        )
        directory = SqliteDirectory(tmp_path / "directory.db")
        readings = Readings(world.figures, Gauges(world.store, directory, None, world.clock, dict))
        readiness = Readiness(world.store, world.vault, None, lambda: True)
        machines = Machines(readings, readiness, PrometheusText(), set_up=SetUp(access, bytes))
        app = application(replace(a_desk(world), devices=leaving), machines)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="https://mail.example") as browser:
            form = {"address": DOCTOR, "password": PASSWORD, "device": "phone", "act": act}
            page = await browser.post("/devices", data=form)
    assert page.status_code == 403
    assert "L&#39;adresse ou le mot de passe est faux" in page.text


def test_the_picture_is_what_thunderbird_for_android_reads() -> None:
    access = PublicAccess("h", "h", ("b.fr",), Place("imap.b.fr", 993), Place("smtp.b.fr", 465))
    code = mobile_code(access, parse_address("é.d@b.fr"), "Élodie D", "AAAA-BBBB")
    assert json.loads(code) == [
        1,
        [1, 1],
        [0, "imap.b.fr", 993, 3, 1, "é.d@b.fr", "é.d@b.fr", "AAAA-BBBB"],
        [[[0, "smtp.b.fr", 465, 3, 1, "é.d@b.fr", "AAAA-BBBB"], ["é.d@b.fr", "Élodie D"]]],
    ]
