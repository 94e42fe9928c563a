"""Signing in to the console, for how long it lasts, and what a form must carry."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.console_house import PASSWORD, ConsoleHouse, a_console_house, token_in

from vaguemestre.policy.administration import Permission, Role, may
from vaguemestre.service.administration.second_factor import code_at


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with a_console_house(tmp_path) as opened:
        yield opened


async def test_a_link_is_taken_up_once_with_a_password_and_a_telephone(house: ConsoleHouse) -> None:
    accounts = house.app.services.administration.accounts
    token = await accounts.add("Anna", Role.OPERATOR, "test")
    invited = await accounts.invited(token)
    assert invited is not None
    async with house.browser() as browser:
        page = await browser.get(f"/enrol/{token}")
        assert page.status_code == 200
        picture = await browser.get(f"/enrol/{token}/code.svg")
        assert picture.headers["content-type"] == "image/svg+xml"
        form = {"password": PASSWORD, "again": PASSWORD, "code": "000000"}
        assert "code" in (await browser.post(f"/enrol/{token}", data=form)).text
        form["code"] = code_at(invited.secret, house.clock.now())
        assert (await browser.post(f"/enrol/{token}", data={**form, "again": "x"})).status_code == 400
        assert (
            await browser.post(f"/enrol/{token}", data={**form, "password": "court", "again": "court"})
        ).status_code == 400
        assert (await browser.post(f"/enrol/{token}", data=form)).headers["location"] == "/sign-in"
        assert (await browser.get(f"/enrol/{token}")).status_code == 404
        assert (await browser.post(f"/enrol/{token}", data=form)).status_code == 404
        # The code that opened the account does not sign in as well.
        signs_in = {"name": "anna", "password": PASSWORD, "code": form["code"]}
        assert (await browser.post("/sign-in", data=signs_in)).status_code == 403
        house.clock.pass_(seconds=30)
        signs_in["code"] = code_at(invited.secret, house.clock.now())
        answer = await browser.post("/sign-in", data=signs_in)
    assert answer.status_code == 303
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    assert all(word in cookie for word in ("HttpOnly", "Secure", "SameSite=strict", "Path=/"))
    assert "Max-Age" not in cookie


async def test_a_link_is_good_for_a_day(house: ConsoleHouse) -> None:
    token = await house.app.services.administration.accounts.add("anna", Role.SUPPORT, "test")
    house.clock.pass_(hours=24)
    async with house.browser() as browser:
        assert (await browser.get(f"/enrol/{token}")).status_code == 404


async def test_whoever_is_not_signed_in_is_sent_to_sign_in_and_comes_back(house: ConsoleHouse) -> None:
    await house.administrator("anna")
    async with house.browser() as browser:
        asked = await browser.get("/administrators?page=2")
        assert asked.headers["location"] == "/sign-in?to=/administrators%3Fpage%3D2"
        page = await browser.get(asked.headers["location"])
        assert 'value="/administrators?page=2"' in page.text
        form = {"name": "ANNA ", "password": PASSWORD, "code": house.code("anna"), "to": "/administrators"}
        assert (await browser.post("/sign-in", data=form)).headers["location"] == "/administrators"
        assert "anna" in (await browser.get("/administrators")).text
        away = await browser.get("/sign-in?to=//evil.example")
        assert away.headers["location"] == "/"


@pytest.mark.parametrize("wrong", [{"name": "nobody"}, {"password": "another password"}, {"code": "12345"}])
async def test_whatever_is_wrong_the_answer_is_the_same(house: ConsoleHouse, wrong: dict[str, str]) -> None:
    await house.administrator("anna")
    async with house.browser() as browser:
        form = {"name": "anna", "password": PASSWORD, "code": house.code("anna"), **wrong}
        answer = await browser.post("/sign-in", data=form)
    assert answer.status_code == 403
    assert "Le nom, le mot de passe ou le code est faux" in answer.text
    assert "set-cookie" not in answer.headers


async def test_a_code_signs_in_once(house: ConsoleHouse) -> None:
    await house.administrator("anna")
    form = {"name": "anna", "password": PASSWORD, "code": house.code("anna")}
    async with house.browser() as browser, house.browser() as other:
        assert (await browser.post("/sign-in", data=form)).status_code == 303
        assert (await other.post("/sign-in", data=form)).status_code == 403


async def test_a_session_ends_when_nobody_uses_it_and_after_a_days_work(house: ConsoleHouse) -> None:
    async with house.signed_in() as browser:
        for _ in range(3):
            house.clock.pass_(minutes=14)
            assert (await browser.get("/")).status_code == 200
        house.clock.pass_(minutes=15)
        assert (await browser.get("/")).status_code == 303
    async with house.signed_in() as browser:
        for _ in range(47):
            house.clock.pass_(minutes=10)
            assert (await browser.get("/")).status_code == 200
        house.clock.pass_(minutes=10)
        assert (await browser.get("/")).status_code == 303


async def test_signing_out_ends_this_session_or_all_of_them(house: ConsoleHouse) -> None:
    async with house.signed_in() as browser, house.signed_in() as other:
        page = (await browser.get("/account")).text
        assert page.count("<time") >= 4
        assert (await browser.post("/sign-out", data={"token": token_in(page)})).status_code == 303
        assert (await browser.get("/")).status_code == 303
        page = (await other.get("/account")).text
        async with house.signed_in() as third:
            await other.post("/sign-out", data={"token": token_in(page), "which": "all"})
            assert (await third.get("/")).status_code == 303


async def test_disabling_and_resetting_end_sessions_at_once(house: ConsoleHouse) -> None:
    accounts = house.app.services.administration.accounts
    async with house.signed_in() as browser:
        await accounts.set_enabled("anna.operator", False, "test")
        assert (await browser.get("/")).status_code == 303
        await accounts.set_enabled("anna.operator", True, "test")
        assert (await browser.get("/")).status_code == 303
    async with house.signed_in() as browser:
        await accounts.reset("anna.operator", "test")
        assert (await browser.get("/")).status_code == 303
        form = {"name": "anna.operator", "password": PASSWORD, "code": house.code("anna.operator")}
        assert (await browser.post("/sign-in", data=form)).status_code == 403


@pytest.mark.parametrize(
    ("headers", "token", "status"),
    [
        ({}, True, 303),
        ({}, False, 403),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, True, 303),
        ({"sec-fetch-site": "cross-site"}, True, 403),
        ({"sec-fetch-site": "same-site"}, True, 403),
        ({"origin": "https://evil.example"}, True, 403),
        ({"origin": "null"}, True, 403),
    ],
)
async def test_a_form_is_taken_from_our_own_pages_of_this_session_only(
    house: ConsoleHouse, headers: dict[str, str], token: bool, status: int
) -> None:
    async with house.signed_in() as browser:
        right = token_in((await browser.get("/account")).text)
        form = {"token": right if token else "0" * 32}
        assert (await browser.post("/sign-out", data=form, headers=headers)).status_code == status


@pytest.mark.parametrize("role", Role)
async def test_a_role_sees_the_screens_that_the_table_gives_it(house: ConsoleHouse, role: Role) -> None:
    async with house.signed_in(role) as browser:
        allowed = may(role, Permission.SEE_ADMINISTRATORS)
        assert ('href="/administrators"' in (await browser.get("/")).text) is allowed
        assert (await browser.get("/administrators")).status_code == (200 if allowed else 403)


async def test_guesses_are_made_slow_and_then_not_looked_at(house: ConsoleHouse) -> None:
    await house.administrator("anna")
    sessions = house.app.services.administration.sessions
    assert sessions.limits.idle.total_seconds() == 900
    async with house.browser() as browser:
        for _ in range(3):
            answer = await browser.post("/sign-in", data={"name": "anna", "password": "x", "code": "000000"})
            assert answer.status_code == 403
    journal = await house.app.services.store.read(
        lambda tx: tx.journal.entries(event="administrator_refused")
    )
    assert len(journal) == 3
    assert {entry.actor for entry in journal} == {"operator:anna"}
