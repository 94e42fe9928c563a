"""The console's door on real sockets: TLS, what every answer carries, errors, how it closes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from starlette.types import ASGIApp
from tests.support.console_desk import a_desk
from tests.support.console_house import PATIENCE, ConsoleHouse, a_console_house
from tests.support.smtp_door import client_context, pki
from tests.support.world import FakeClock, a_world

from vaguemestre.console.application import application
from vaguemestre.console.door import ConsoleDoor
from vaguemestre.console.language import Language, preferred
from vaguemestre.console.pages import moment, number, octets
from vaguemestre.console.routes.language import own_path
from vaguemestre.net.tls import server_context

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with a_console_house(tmp_path) as opened:
        yield opened


@asynccontextmanager
async def a_door(app: ASGIApp, most: int = 20) -> AsyncIterator[tuple[ConsoleDoor, int]]:
    door = ConsoleDoor(app, server_context(pki().certificate, pki().key), (), most)
    server = await door.listen("localhost", 0, implicit_tls=True)
    try:
        yield door, server.sockets[0].getsockname()[1]
    finally:
        await door.close()


async def _nobody(scope: object, receive: object, send: object) -> None:
    raise AssertionError("nobody gets so far")


@asynccontextmanager
async def a_browser(port: int) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=f"https://localhost:{port}", verify=client_context(), timeout=PATIENCE
    ) as browser:
        yield browser


@pytest.mark.parametrize("path", ["/nothing", "/static/console.css", "/language/en", "/language/xx"])
async def test_every_answer_tells_browsers_what_they_may_not_do(house: ConsoleHouse, path: str) -> None:
    async with house.browser() as browser:
        headers = (await browser.get(path)).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["strict-transport-security"].startswith("max-age=")
    assert ("no-store" in headers["cache-control"]) != path.startswith("/static/")
    assert "server" not in headers


async def test_a_page_that_is_not_there_is_said_in_the_readers_language(house: ConsoleHouse) -> None:
    async with house.browser() as browser:
        french = await browser.get("/nothing")
        english = await browser.get("/nothing", headers={"accept-language": "en-GB,en;q=0.9,fr;q=0.5"})
        chosen = await browser.get("/language/en?back=/nothing", follow_redirects=True)
    assert (french.status_code, english.status_code) == (404, 404)
    assert '<html lang="fr">' in french.text
    assert "There is nothing here" in english.text
    assert "There is nothing here" in chosen.text  # the cookie wins
    assert chosen.url.path == "/nothing"


async def test_nothing_describes_the_routes_to_strangers(house: ConsoleHouse) -> None:
    async with house.browser() as browser:
        for path in ("/docs", "/redoc", "/openapi.json", "/static/../pages.py", "/static/%2e%2e/pages.py"):
            assert (await browser.get(path)).status_code == 404


async def test_a_request_that_is_too_long_is_refused(house: ConsoleHouse) -> None:
    async with house.browser() as browser:
        answer = await browser.post("/nothing", content=b"x" * 70_000)
    assert answer.status_code in {404, 413}


async def test_what_was_not_foreseen_is_a_page_and_says_nothing_of_us(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_world(tmp_path) as world:
        desk = a_desk(world)
        object.__setattr__(desk.pages, "assets", None)  # a defect of ours
        async with a_door(application(desk)) as (_, port), a_browser(port) as browser:
            answer = await browser.get("/static/console.css")
    assert answer.status_code == 500
    assert "NoneType" not in answer.text
    assert "NoneType" in caplog.text


async def test_what_is_being_answered_ends_with_the_door() -> None:
    started = asyncio.Event()

    async def never(scope: object, receive: object, send: object) -> None:
        started.set()
        await asyncio.Event().wait()

    async with a_door(never) as (door, port), a_browser(port) as browser:
        asking = asyncio.ensure_future(browser.get("/"))
        await started.wait()
        door.grace = 0.0
        await door.close()
        with pytest.raises(httpx.HTTPError):
            (await asking).raise_for_status()


async def test_more_connections_than_there_may_be_are_told_so() -> None:
    async with a_door(_nobody, most=1) as (_, port), a_browser(port) as browser:
        assert (await browser.get("/nothing")).status_code == 503


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", Language.FR),
        ("de", Language.FR),
        ("en", Language.EN),
        ("fr;q=0.2, en;q=0.4", Language.EN),
        ("en;q=0", Language.FR),
        ("en;q=x, fr-CA", Language.FR),
        ("EN-us", Language.EN),
    ],
)
def test_the_better_liked_language_is_spoken(accepted: str, language: Language) -> None:
    assert preferred(accepted) is language


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\nb"])
def test_a_link_to_a_language_leads_nowhere_else(path: str) -> None:
    assert own_path(path) == "/"


def test_sizes_counts_and_hours_are_written_as_people_of_a_language_do() -> None:
    assert octets(0, Language.FR) == "0\u00a0o"
    assert octets(25_340_000, Language.FR) == "25,3\u00a0Mo"
    assert octets(999, Language.EN) == "999\u00a0B"
    assert octets(1_000, Language.EN) == "1.0\u00a0kB"
    assert number(1_234_567, Language.EN) == "1,234,567"
    assert "12/01/2026 13:00" in moment(
        FakeClock().now().replace(month=1, day=12, year=2026, hour=12, minute=0), Language.FR, PARIS
    )
    assert moment(None, Language.EN, PARIS) == "—"
