"""What machines ask: whether the process lives, may be given clients, and its numbers."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.console_desk import a_desk
from tests.support.letters import a_letter
from tests.support.tree import ROOT
from tests.support.trusted import ATrustSpace
from tests.support.world import World, a_world

from vaguemestre.console.application import application, numbers
from vaguemestre.console.machines import Machines
from vaguemestre.directory.sqlite_reader import SqliteDirectory
from vaguemestre.exposition.prometheus import PrometheusText
from vaguemestre.mail.bal import BalKind
from vaguemestre.service.health.readiness import Readiness
from vaguemestre.service.health.readings import Gauges, Readings
from vaguemestre.service.telling.set_up import Place, PublicAccess, SetUp

_PART = re.compile(r"_(?:total|bucket|count|sum|created)$")


@dataclass(slots=True)
class Asked:
    """What may be asked, and what tests change of it."""

    world: World
    machines: Machines
    trust: ATrustSpace
    listening: bool = True

    def console(self) -> ASGIApp:
        return application(a_desk(self.world), self.machines)

    def alone(self) -> ASGIApp:
        return numbers(replace(self.machines, is_open=True))


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Asked]:
    async with a_world(tmp_path) as world:
        trust, directory = ATrustSpace(), SqliteDirectory(tmp_path / "directory.db")
        gauges = Gauges(world.store, directory, trust, world.clock, lambda: {"imap": 2})
        readiness = Readiness(world.store, world.vault, trust, lambda: found.listening)
        machines = Machines(Readings(world.figures, gauges), readiness, PrometheusText())
        found = Asked(world, machines, trust)
        yield found
        directory.close()


@asynccontextmanager
async def asking(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="https://mail.example") as client:
        yield client


async def test_numbers_tell_what_happened_and_name_nobody(asked: Asked) -> None:
    doctor, _ = await asked.world.bal(DOCTOR), await asked.world.bal(CITIZEN, BalKind.CITIZEN)
    await asked.world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    async with asking(asked.alone()) as client:
        page = await client.get("/metrics")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/plain")
    assert 'vaguemestre_messages_accepted_total{door="submission",kind="PER"} 1.0' in page.text
    assert 'vaguemestre_connections{door="imap"} 2.0' in page.text
    assert "@" not in page.text
    assert CITIZEN.partition("@")[0] not in page.text


async def test_what_the_dashboard_asks_for_stands_on_the_page(asked: Asked) -> None:
    queries = (ROOT / "deploy" / "grafana.json").read_text(encoding="utf-8")
    wanted = {_PART.sub("", name) for name in re.findall(r"\bvaguemestre_\w+", queries)}
    async with asking(asked.alone()) as client:
        page = (await client.get("/metrics")).text
    there = {_PART.sub("", name) for name in re.findall(r"^# TYPE (\w+)", page, re.MULTILINE)}
    assert wanted - there == {"vaguemestre_directory_age_seconds"}  # there is no directory here


async def test_the_console_gives_numbers_to_who_shows_the_token_alone(asked: Asked) -> None:
    asked.machines = replace(asked.machines, token="un jeton")
    async with asking(asked.console()) as client:
        nothing = await client.get("/metrics")
        wrong = await client.get("/metrics", headers={"authorization": "Bearer un autre"})
        basic = await client.get("/metrics", headers={"authorization": "Basic un jeton"})
        right = await client.get("/metrics", headers={"authorization": "bearer un jeton"})
    assert [one.status_code for one in (nothing, wrong, basic, right)] == [401, 401, 401, 200]
    assert nothing.headers["www-authenticate"] == "Bearer"


async def test_the_console_gives_no_numbers_where_there_is_no_token(asked: Asked) -> None:
    async with asking(asked.console()) as client:
        assert (await client.get("/metrics")).status_code == 404


async def test_a_token_is_asked_for_at_the_listener_of_numbers_too(asked: Asked) -> None:
    asked.machines = replace(asked.machines, token="un jeton")
    async with asking(asked.alone()) as client:
        assert (await client.get("/metrics")).status_code == 401


async def test_the_listener_of_numbers_serves_no_page_of_people(asked: Asked) -> None:
    async with asking(asked.alone()) as client:
        for path in ("/", "/language/fr", "/static/console.css", "/docs", "/openapi.json"):
            assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_process_lives_whatever_is_wrong_around_it(asked: Asked, method: str) -> None:
    await asked.world.store.close()
    async with asking(asked.alone()) as client:
        assert (await client.request(method, "/healthz")).status_code == 200


async def test_it_is_ready_when_every_part_is(asked: Asked) -> None:
    async with asking(asked.console()) as client:
        answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "parts": {"database": True, "vault": True, "doors": True, "trust list": True},
    }


async def test_each_part_that_is_not_ready_is_named(asked: Asked) -> None:
    async with asking(asked.alone()) as client:
        asked.trust.is_current = False
        asked.listening = False
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["parts"] == {
            "database": True,
            "vault": True,
            "doors": False,
            "trust list": False,
        }
        await asked.world.store.close()
        assert (await client.get("/readyz")).json()["parts"]["database"] is False


def with_set_up(asked: Asked) -> ASGIApp:
    access = PublicAccess(
        "Messagerie",
        "mail.example",
        ("cabinet.mssante.fr",),
        Place("imap.example", 993),
        Place("smtp.example", 465),
    )
    asked.machines = replace(asked.machines, set_up=SetUp(access, lambda profile: b"signed " + profile))
    return asked.console()


@pytest.mark.parametrize(
    "path", ["/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml?emailaddress=" + DOCTOR]
)
async def test_thunderbird_is_told_the_same_whoever_asks(asked: Asked, path: str) -> None:
    async with asking(with_set_up(asked)) as client:
        answer = await client.get(path)
        elsewhere = await client.get("/mail/config-v1.1.xml?emailaddress=a@elsewhere.example")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml")
    assert "<hostname>imap.example</hostname>" in answer.text
    assert elsewhere.status_code == 404


async def test_outlook_is_answered_in_its_own_words(asked: Asked) -> None:
    body = "<Autodiscover><Request><EMailAddress>{}</EMailAddress></Request></Autodiscover>"
    async with asking(with_set_up(asked)) as client:
        ours = await client.post("/autodiscover/autodiscover.xml", content=body.format(DOCTOR))
        elsewhere = await client.post("/Autodiscover/Autodiscover.xml", content=body.format("a@b.example"))
        nonsense = await client.post("/autodiscover/autodiscover.xml", content=b"<!DOCTYPE x><x/>")
    assert f"<LoginName>{DOCTOR}</LoginName>" in ours.text
    assert (elsewhere.status_code, nonsense.status_code) == (200, 200)
    assert "<ErrorCode>600</ErrorCode>" in elsewhere.text
    assert elsewhere.text == nonsense.text


async def test_apple_is_given_a_signed_profile_for_addresses_of_ours(asked: Asked) -> None:
    async with asking(with_set_up(asked)) as client:
        answer = await client.get("/apple.mobileconfig", params={"address": DOCTOR})
        for address in ("", "nobody", "a@elsewhere.example"):
            assert (await client.get("/apple.mobileconfig", params={"address": address})).status_code == 404
    assert answer.headers["content-type"] == "application/x-apple-aspen-config"
    assert answer.content.startswith(b"signed <?xml")


async def test_the_listener_of_numbers_sets_nobody_up(asked: Asked) -> None:
    with_set_up(asked)
    async with asking(asked.alone()) as client:
        assert (await client.get("/mail/config-v1.1.xml")).status_code == 404
