"""Reading somebody's message: with a reason, told to its holder, and nothing in it acts or fetches."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN
from tests.support.console_house import ConsoleHouse, a_console_house, token_in
from tests.support.console_letter import EVIL, a_letter_with_everything

from vaguemestre.console.cleaned import cleaned
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.mailbox import INBOX
from vaguemestre.mime.shown import LONGEST, shown
from vaguemestre.policy.administration import Role


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with a_console_house(tmp_path) as opened:
        yield opened


async def written_to(house: ConsoleHouse) -> Bal:
    doctor = await house.bal("claire.martin", name="Dr Claire MARTIN")
    citizen = await house.bal(CITIZEN.partition("@")[0], BalKind.CITIZEN)
    await house.letter(doctor, citizen, a_letter_with_everything())
    return citizen


async def test_a_message_is_read_with_a_reason_and_its_holder_is_told(house: ConsoleHouse) -> None:
    citizen = await written_to(house)
    path = f"/mailboxes/{citizen.id}/content"
    async with house.signed_in() as browser:
        asked = (await browser.get(f"{path}?uid=1")).text
        form = {"token": token_in(asked), "uid": "1"}
        assert (await browser.post(path, data=form)).status_code == 400
        assert (await browser.post(path, data={**form, "reason": "  "})).status_code == 400
        assert (await browser.post(path, data={**form, "uid": "77", "reason": "x"})).status_code == 400
        answer = await browser.post(path, data={**form, "reason": "Ticket 12"})
    assert answer.status_code == 200
    assert "Bonjour, voici." in answer.text
    assert "analyse.pdf" in answer.text
    assert "Ticket 12" in answer.text
    assert answer.headers["refresh"].startswith("600;")
    assert answer.headers["cache-control"] == "no-store"
    assert "spy.example" not in answer.text.partition("<details>")[0]
    services = house.app.services
    (entry,) = await services.store.read(lambda tx: tx.journal.entries(citizen.id, "inspected"))
    assert (entry.actor, entry.detail["reason"]) == ("operator:anna.operator", "Ticket 12")
    overview = await services.inspection.overview(citizen.address, "test")
    (inbox,) = [counts for box, counts in overview.mailboxes if box.name == INBOX]
    assert inbox.messages == 2  # the letter, and what tells of its being read


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OPERATOR])
async def test_no_other_role_reads_contents(house: ConsoleHouse, role: Role) -> None:
    citizen = await house.bal(CITIZEN.partition("@")[0], BalKind.CITIZEN)
    async with house.signed_in(role) as browser:
        token = token_in((await browser.get("/account")).text)
        form = {"token": token, "uid": "1", "reason": "x"}
        assert (await browser.get(f"/mailboxes/{citizen.id}/content")).status_code == 403
        assert (await browser.post(f"/mailboxes/{citizen.id}/content", data=form)).status_code == 403


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
    assert shown(octets).raw is not None


def test_only_the_beginning_of_a_long_text_is_shown() -> None:
    assert len(shown(b"\r\n" + b"abcdefg\r\n" * 100_000).text) <= LONGEST
