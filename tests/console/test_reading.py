"""Reading somebody's messages: with a reason, told to its holder, for a while, and nothing in them acts."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.support.builders import CITIZEN
from tests.support.console_house import ConsoleHouse, a_console_house, token_in
from tests.support.console_letter import EVIL, PDF, a_letter_with_everything

from vaguemestre.console.cleaned import cleaned
from vaguemestre.console.letter import disposition, letter, safe_name
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mime.shown import LONGEST, shown
from vaguemestre.policy.administration import Role

INS = CITIZEN.partition("@")[0]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with a_console_house(tmp_path) as opened:
        yield opened


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with a_console_house(tmp_path, {("console", "second_person"): True}) as opened:
        yield opened


async def written_to(house: ConsoleHouse) -> Bal:
    doctor = await house.bal("claire.martin", name="Dr Claire MARTIN")
    citizen = await house.bal(INS, BalKind.CITIZEN)
    await house.letter(doctor, citizen, a_letter_with_everything())
    return citizen


async def ask(browser: httpx.AsyncClient, bal: Bal, reason: str = "Ticket 12") -> httpx.Response:
    """As a person does: the form, then its button."""
    path = f"/mailboxes/{bal.id}/reading"
    token = token_in((await browser.get(path)).text)
    return await browser.post(path, data={"token": token, "reason": reason})


async def test_a_message_is_read_with_a_reason_and_its_holder_is_told(house: ConsoleHouse) -> None:
    citizen = await written_to(house)
    async with house.signed_in() as browser:
        assert (await ask(browser, citizen, "  ")).status_code == 400
        assert (await browser.get("/mailboxes/9999/reading")).status_code == 404
        assert (await browser.get(f"/mailboxes/{10**30}/reading")).status_code == 400
        asked = await ask(browser, citizen)
        place = asked.headers["location"]
        assert place.endswith("/folders")
        folders = await browser.get(place)
        inbox = folders.text.partition(f'<a href="{place}/')[2].partition('"')[0]
        listed = await browser.get(f"{place}/{inbox}")
        assert "Vos résultats" in listed.text
        assert INS not in listed.text
        answer = await browser.get(f"{place}/{inbox}/1")
        assert "Bonjour, voici." in answer.text
        assert "analyse.pdf" in answer.text
        assert "acceptée" in answer.text
        assert "Ticket 12" in answer.text
        assert 'class="watermark"' in answer.text
        assert INS not in answer.text.partition("<h2>Source")[0]
        assert "spy.example" not in answer.text.partition("<h2>Source")[0]
        assert answer.headers["refresh"] == f"1801; url={place.removesuffix('/folders')}"
        assert answer.headers["cache-control"] == "no-store"
        saved = await browser.get(f"{place}/{inbox}/1/attachments/0")
        assert saved.content == PDF
        assert saved.headers["content-type"] == "application/octet-stream"
        assert saved.headers["content-disposition"].startswith('attachment; filename="analyse.pdf"')
        assert saved.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert saved.headers["x-content-type-options"] == "nosniff"
        preview = await browser.get(f"{place}/{inbox}/1/attachments/0/preview")
        assert "Tension 13/8" in preview.text
        assert 'src="data:image/png;base64,' in preview.text
        assert 'class="watermark"' in preview.text
        assert "img-src 'self' data:;" in preview.headers["content-security-policy"]
        none = await browser.get(f"{place}/{inbox}/1/attachments/0/preview?page=2")
        assert none.status_code == 422
        assert "protégée par un mot de passe" in none.text
        source = await browser.get(f"{place}/{inbox}/1/source")
        assert source.content.startswith(b"Return-Path:")
        assert source.headers["content-disposition"].startswith('attachment; filename="message-1.eml"')
        for nothing in ("/9999", f"/{inbox}/77", f"/{inbox}/1/attachments/9", f"/{inbox}/77/source"):
            assert (await browser.get(place + nothing)).status_code == 404
        house.clock.pass_(minutes=10)
        await browser.get(place)
        house.clock.pass_(minutes=10)
        await browser.get(place)
        house.clock.pass_(minutes=10)
        for over in (
            "",
            f"/{inbox}",
            f"/{inbox}/1",
            f"/{inbox}/1/source",
            f"/{inbox}/1/attachments/0",
            f"/{inbox}/1/attachments/0/preview",
        ):
            gone = await browser.get(place + over)
            assert gone.headers["location"] == place.removesuffix("/folders")
        assert "expirée" in (await browser.get(place.removesuffix("/folders"))).text
    services = house.app.services
    entries = await services.store.read(lambda tx: tx.journal.entries(citizen.id, "inspected"))
    assert {entry.actor for entry in entries} == {"operator:anna.operator"}
    scopes = [entry.detail["scope"] for entry in entries]
    # A number of an attachment that is not there is known only once the message was opened.
    assert sorted(scopes) == ["content", "download", "download", "list", "preview", "preview", "source"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
async def test_no_other_role_reads_and_the_auditor_sees_who_does(house: ConsoleHouse, role: Role) -> None:
    citizen = await house.bal(INS, BalKind.CITIZEN)
    async with house.signed_in() as browser:
        place = (await ask(browser, citizen)).headers["location"]
        warrant = place.removesuffix("/folders")
    async with house.signed_in(role) as browser:
        token = token_in((await browser.get("/account")).text)
        form = {"token": token, "reason": "x"}
        assert (await browser.get(f"/mailboxes/{citizen.id}/reading")).status_code == 403
        assert (await browser.post(f"/mailboxes/{citizen.id}/reading", data=form)).status_code == 403
        for path in (
            place,
            f"{place}/1",
            f"{place}/1/1",
            f"{place}/1/1/source",
            f"{place}/1/1/attachments/0",
            f"{place}/1/1/attachments/0/preview",
        ):
            assert (await browser.get(path)).status_code == 403
        for act in ("grant", "refuse", "revoke", ""):
            assert (await browser.post(warrant, data={"token": token, "act": act})).status_code == 403
        for path in ("/warrants", warrant):
            page = await browser.get(path)
            assert (page.status_code == 200) is (role is Role.AUDITOR)
            assert ("anna.operator" in page.text) is (role is Role.AUDITOR)
            assert INS not in page.text


async def test_four_eyes(strict: ConsoleHouse) -> None:
    """One asks, another grants; both see where it stands; either ends it."""
    citizen = await written_to(strict)
    await strict.administrator("bert")
    async with strict.signed_in() as anna, strict.browser() as bert:
        signs_in = {"name": "bert", "password": "une longue phrase de passe", "code": strict.code("bert")}
        assert (await bert.post("/sign-in", data=signs_in)).status_code == 303
        place = (await ask(anna, citizen)).headers["location"]
        his = (await anna.get(place)).text
        assert "demandée" in his
        assert 'value="grant"' not in his
        hers = (await bert.get(place)).text
        assert 'value="grant"' in hers
        assert "Ticket 12" in hers
        assert "Ticket 12" in (await bert.get("/warrants")).text
        assert "attendent votre décision" in (await bert.get("/")).text
        assert "attendent votre décision" not in (await anna.get("/")).text
        mine = {"token": token_in(his), "act": "grant"}
        assert (await anna.post(place, data=mine)).status_code == 400
        assert (await anna.get(f"{place}/folders")).headers["location"] == place
        form = {"token": token_in(hers), "act": "grant"}
        assert (await bert.post(place, data=form)).status_code == 303
        assert (await bert.post(place, data=form)).status_code == 400
        assert (await bert.get(f"{place}/folders")).headers["location"] == place
        assert "accordée" in (await anna.get(place)).text
        assert (await anna.get(f"{place}/folders")).status_code == 200
        assert (await bert.post(place, data={**form, "act": "revoke"})).status_code == 303
        assert (await anna.get(f"{place}/folders")).headers["location"] == place
        assert "retirée" in (await anna.get(place)).text
        assert (await anna.get("/warrants/99")).status_code == 404
        assert (await anna.post("/warrants/99", data=mine)).status_code == 404


def test_nothing_is_left_in_a_page_that_acts_or_fetches() -> None:
    clean = cleaned(EVIL)
    assert "<b>vous</b>" in clean
    for bad in ("script", "alert", "spy", "onclick", "src", "href", "form", "iframe", "style", "svg", "meta"):
        assert bad not in clean


def test_a_message_is_shown_by_its_first_text_and_its_first_page() -> None:
    found = shown(a_letter_with_everything().as_bytes())
    assert found.text.strip() == "Bonjour, voici."
    assert found.page.startswith("<p onclick")
    assert "Subject: Vos résultats" in found.header
    assert [one.detected_type for one in found.attachments] == ["application/pdf"]


@pytest.mark.parametrize("octets", [b"", b"\r\n", b"\xff\xfe", b"Content-Type: multipart/mixed\r\n\r\nx"])
def test_whatever_the_octets_something_is_shown(octets: bytes) -> None:
    assert letter(octets).shown.raw is not None


def test_only_the_beginning_of_a_long_text_is_shown() -> None:
    assert len(shown(b"\r\n" + b"abcdefg\r\n" * 100_000).text) <= LONGEST


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("analyse.pdf", "analyse.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\a\\b.pdf", "C__a_b.pdf"),
        ("fdp.\u202egpj.exe", "fdp._gpj.exe"),
        ("a\r\nSet-Cookie: x", "a__Set-Cookie_ x"),
        ('a".pdf; x', "a_.pdf; x"),
        ("...", "sans-nom"),
        ("", "sans-nom"),
        ("é" * 400, "é" * 150),
    ],
)
def test_a_download_is_a_file_here_and_nowhere_else(name: str, safe: str) -> None:
    assert safe_name(name, "sans-nom") == safe
    assert "\n" not in disposition(safe)
    disposition(safe).encode("latin-1")
