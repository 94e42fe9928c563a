"""Passkeys over HTTP: what the page asks, what its script sends, what becomes of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.support.authenticator import Authenticator
from tests.support.console_house import ConsoleHouse, a_console_house, token_in

from vaguemestre.policy.administration import Role


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with a_console_house(tmp_path) as opened:
        yield opened


async def add(house: ConsoleHouse, browser: httpx.AsyncClient, role: Role, name: str) -> Authenticator:
    key = Authenticator(house.address, "localhost")
    form = {"token": token_in((await browser.get("/account")).text), "name": name}
    code = house.code(f"anna.{role.value}")
    asked = await browser.post("/account/passkeys/challenge", data={**form, "code": code})
    assert asked.headers["content-type"] == "application/json"
    kept = await browser.post("/account/passkeys", data={**form, "credential": key.make(asked.text)})
    assert kept.headers["location"] == "/account", kept.text
    return key


@pytest.mark.parametrize("role", Role)
async def test_everybody_adds_a_passkey_signs_in_with_it_and_removes_it(
    house: ConsoleHouse, role: Role
) -> None:
    async with house.signed_in(role) as browser, house.browser() as other:
        key = await add(house, browser, role, "Clé <bleue>")
        page = (await other.get("/sign-in?to=/account")).text
        assert f'data-origin="{house.address}"' in page
        asked = await other.post("/sign-in/passkey/challenge")
        form = {"to": "/account", "credential": key.show(asked.text)}
        entered = await other.post("/sign-in/passkey", data=form)
        assert (entered.status_code, entered.headers["location"]) == (303, "/account")
        assert entered.headers["set-cookie"].startswith("__Host-session=")
        page = (await other.get("/account")).text
        assert "Clé &lt;bleue&gt;" in page
        path = page.partition('action="/account/passkeys/')[2].partition('"')[0]
        assert path.endswith("/remove")
        form = {"token": token_in(page)}
        assert (await other.post(f"/account/passkeys/{path}", data=form)).status_code == 303
        assert (await other.post(f"/account/passkeys/{path}", data=form)).status_code == 404
        assert (await browser.get("/account")).status_code == 303  # the other session ended
        assert "bleue" not in (await other.get("/account")).text


async def test_what_is_refused_is_said_in_the_page_in_the_language_of_its_reader(house: ConsoleHouse) -> None:
    async with house.signed_in() as browser:
        form = {"token": token_in((await browser.get("/account")).text), "code": "000000"}
        refused = await browser.post("/account/passkeys/challenge", data=form)
        assert (refused.status_code, "code" in refused.json()["problem"]) == (403, True)
        refused = await browser.post("/account/passkeys", data={**form, "name": "Clé", "credential": "{}"})
        assert refused.status_code == 400
        assert "recommencez" in refused.text
        english = {"accept-language": "en"}
        entered = await browser.post("/sign-in/passkey", data={"credential": "{}"}, headers=english)
        assert entered.status_code == 403
        assert "This passkey does not open the console" in entered.text


async def test_only_our_own_pages_and_whoever_is_signed_in_ask_for_a_challenge(house: ConsoleHouse) -> None:
    away = {"sec-fetch-site": "cross-site"}
    async with house.signed_in() as browser, house.browser() as other:
        for path in ("/sign-in/passkey/challenge", "/sign-in/passkey", "/account/passkeys/challenge"):
            assert (await browser.post(path, headers=away)).status_code == 403
        for path in ("/account/passkeys/challenge", "/account/passkeys", "/account/passkeys/1/remove"):
            assert (await browser.post(path)).status_code == 403  # without the token of the session
            assert (await other.post(path)).headers["location"] == "/sign-in"


async def test_who_administers_is_told_with_how_many_passkeys(house: ConsoleHouse) -> None:
    async with house.signed_in() as browser:
        await add(house, browser, Role.OPERATOR, "Clé bleue")
        page = (await browser.get("/administrators")).text
    assert '<td data-name="Clés d&#39;accès">1</td>' in page
