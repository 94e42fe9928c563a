"""The screens, with mail that really went: what they show, to whom, and what its holder reads of it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiosmtplib
import pytest
from imapclient import IMAPClient
from tests.support.builders import CITIZEN
from tests.support.console_house import PASSWORD, ConsoleHouse, a_console_house, token_in
from tests.support.console_queue import something_waits
from tests.support.smtp_door import client_context, pki

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.mailbox import ACCESS_HISTORY
from vaguemestre.policy.administration import Permission, Role, may
from vaguemestre.service.telling.searching import PAGE

INS = CITIZEN.partition("@")[0]
SCREENS = {
    "/mailboxes": Permission.SEE_MAILBOXES,
    "/warrants": Permission.SEE_WARRANTS,
    "/messages": Permission.TRACE_MESSAGES,
    "/conversations": Permission.SEE_CONVERSATIONS,
    "/queue": Permission.SEE_QUEUE,
    "/refusals": Permission.TRACE_MESSAGES,
    "/directory": Permission.SEE_DIRECTORY,
    "/trust": Permission.SEE_TRUST,
    "/radar": Permission.SEE_DIRECTORY,
    "/health": Permission.SEE_HEALTH,
    "/statistics": Permission.SEE_STATISTICS,
    "/audit": Permission.SEE_AUDIT,
    "/administrators": Permission.SEE_ADMINISTRATORS,
}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[ConsoleHouse]:
    async with a_console_house(tmp_path) as opened:
        yield opened


async def people(house: ConsoleHouse) -> tuple[Bal, Bal, str]:
    """A doctor, a citizen to whom he wrote, and the Message-ID of the letter."""
    doctor = await house.bal("claire.martin", name="Dr Claire MARTIN-LEGŒUR")
    citizen = await house.bal(INS, BalKind.CITIZEN)
    return doctor, citizen, await house.letter(doctor, citizen)


@pytest.mark.parametrize("role", Role)
async def test_each_screen_is_for_the_roles_of_the_table(house: ConsoleHouse, role: Role) -> None:
    async with house.signed_in(role) as browser:
        first = (await browser.get("/")).text
        for path, permission in SCREENS.items():
            allowed = may(role, permission)
            assert ((await browser.get(path)).status_code == 200) is allowed
            assert (f'<li><a href="{path}"' in first) is allowed


@pytest.mark.parametrize(
    ("typed", "finds"),
    [
        ("martin legoeur", "claire.martin@"),
        ("CLAIRE.MARTIN@cabinet.mssante.fr", "claire.martin@"),
        (INS, "/mailboxes/"),
        (f"{INS[0]} {INS[1:3]} {INS[3:5]} {INS[5:7]} {INS[7:10]} {INS[10:13]} {INS[13:]}", "/mailboxes/"),
        (CITIZEN, "/mailboxes/"),
        (INS[:8], ""),
        ("nobody", ""),
        ("nobody@", ""),
    ],
)
async def test_a_mailbox_is_found_and_no_matricule_is_shown(
    house: ConsoleHouse, typed: str, finds: str
) -> None:
    await people(house)
    async with house.signed_in(Role.SUPPORT) as browser:
        token = token_in((await browser.get("/mailboxes")).text)
        page = (await browser.post("/mailboxes", data={"typed": typed, "token": token})).text
        results = page.partition("<tbody>")[2]
        assert (finds in results) if finds else not results
        assert INS not in results


async def test_a_mailbox_is_seen_without_its_content_and_its_holder_reads_who_looked(
    house: ConsoleHouse,
) -> None:
    doctor, citizen, _ = await people(house)
    async with house.signed_in(Role.SUPPORT) as browser:
        page = (await browser.get(f"/mailboxes/{citizen.id}")).text
        assert str(doctor.address) in page
        assert "INBOX" in page
        assert INS not in page
        assert "résultats" not in page
        assert "Bonjour" not in page
        assert (await browser.get("/mailboxes/999999")).status_code == 404
        inbox = page.partition(f'<a href="/mailboxes/{citizen.id}/folders/')[2].partition('"')[0]
        listed = await browser.get(f"/mailboxes/{citizen.id}/folders/{inbox}")
        assert "son âge" in listed.text
        assert str(doctor.address) not in listed.text
        assert "résultats" not in listed.text
        assert INS not in listed.text
        assert (await browser.get(f"/mailboxes/{doctor.id}/folders/{inbox}")).status_code == 404
        assert (await browser.get(f"/mailboxes/{citizen.id}/folders/{inbox}?before=x")).status_code == 400
    async with house.signed_in(Role.DIRECTORY) as browser:
        for path in (f"/mailboxes/{citizen.id}", f"/mailboxes/{citizen.id}/folders/{inbox}"):
            assert (await browser.get(path)).status_code == 403
    port = house.app.port("imaps")

    def read() -> list[bytes]:
        with IMAPClient("localhost", port=port, ssl_context=client_context()) as client:
            client.login(CITIZEN, PASSWORD)
            client.select_folder(ACCESS_HISTORY, readonly=True)
            return [item[b"RFC822"] for item in client.fetch(client.search("ALL"), ["RFC822"]).values()]

    told = await asyncio.to_thread(read)
    assert any(b"anna.support" in message for message in told)


async def test_a_message_is_found_by_whom_and_when_and_followed_on_its_way(house: ConsoleHouse) -> None:
    doctor, citizen, name = await people(house)
    async with house.signed_in(Role.SUPPORT) as browser:
        token = token_in((await browser.get("/messages")).text)

        async def found(**asked: str) -> str:
            return (await browser.post("/messages", data={**asked, "token": token})).text

        page = await found(name=name)
        path = "/messages/" + page.partition('<a href="/messages/')[2].partition('"')[0]
        told = (await browser.get(path)).text
        assert "remis" in told
        assert "Accepté" in told
        assert "claire.martin@" in told
        for text in (page, told):
            assert INS not in text
        today = f"{house.clock.now():%Y-%m-%d}"
        for asked in (
            {"from": str(doctor.address)},
            {"to": INS},
            {"to": CITIZEN, "from": str(doctor.address)},
            {"first": today, "last": today},
        ):
            assert path in await found(**asked), asked
        for asked in (
            {"from": INS},
            {"to": str(doctor.address)},
            {"first": "2030-01-01"},
            {"name": "<no@such>"},
        ):
            assert "Aucun message" in await found(**asked), asked
        assert "Rien n&#39;est demandé" in await found()
        assert "adresse entière" in await found(to="martin")
        assert (await browser.post("/messages", data={"first": "hier", "token": token})).status_code == 400
        assert (await browser.get("/messages/0000000000000000")).status_code == 404
    journal = await house.app.services.store.read(lambda tx: tx.journal.entries(citizen.id))
    assert {entry.actor for entry in journal if entry.event == "traced"} == {"operator:anna.support"}


async def test_messages_are_paged_and_refusals_told_in_words(house: ConsoleHouse) -> None:
    doctor, citizen, _ = await people(house)
    other = await house.bal("paul.durand")
    for _ in range(PAGE):
        await house.letter(doctor, citizen)
    with pytest.raises(aiosmtplib.SMTPException):
        await house.letter(citizen, other)
    async with house.signed_in(Role.AUDITOR) as browser:
        token = token_in((await browser.get("/messages")).text)
        asked = {"from": str(doctor.address), "token": token}
        page = (await browser.post("/messages", data=asked)).text
        assert page.count('<a href="/messages/') == PAGE
        names = ("at", "id")
        fields = {name: page.partition(f'name="{name}" value="')[2].partition('"')[0] for name in names}
        rest = (await browser.post("/messages", data={**asked, **fields})).text
        assert rest.count('<a href="/messages/') == 1
        refused = (await browser.post("/messages", data={"from": INS, "token": token})).text
        assert "MSS-CONV-0" in refused
        assert "Seul le professionnel peut ouvrir une conversation" in refused
        week = (await browser.get("/refusals")).text
        assert "MSS-CONV-0" in week
        assert "Seul le professionnel peut ouvrir une conversation" in week
        assert "Rien n&#39;a été refusé" in (await browser.get("/refusals?ago=7")).text
        assert (await browser.get("/refusals?ago=999")).status_code == 404


async def test_the_directory_shows_who_is_published_and_the_unlisted_to_some_roles(
    house: ConsoleHouse,
) -> None:
    await people(house)
    await house.bal("paul.durand", name="Dr Paul MARTIN")
    hidden = parse_address("paul.durand@cabinet.mssante.fr")
    await house.app.services.accounts.describe(hidden, "test", is_unlisted=True)
    for role, sees in ((Role.SUPPORT, True), (Role.DIRECTORY, False)):
        async with house.signed_in(role) as browser:
            token = token_in((await browser.get("/directory")).text)

            async def found(**asked: str) -> str:
                return (await browser.post("/directory", data={"token": token, **asked})).text  # noqa: B023 (awaited here)

            page = await found(typed="martin")
            assert "claire.martin@" in page
            assert ("paul.durand@" in page) is sees
            assert "Personne n&#39;est publié ainsi" in await found(typed="12345678901")
            assert "Personne n&#39;est publié ainsi" in await found(typed="martin", place="Lyon")
            assert "Personne n&#39;est publié ainsi" in await found(typed=INS)


async def test_a_conversation_is_listed_closed_with_a_reason_and_opened_again(house: ConsoleHouse) -> None:
    doctor, _, _ = await people(house)
    async with house.signed_in(Role.SUPPORT) as browser:
        token = token_in((await browser.get("/conversations")).text)
        form = {"account": str(doctor.address), "token": token}
        listed = (await browser.post("/conversations", data={**form, "state": "open"})).text
        path = "/conversations/" + listed.partition('<a href="/conversations/')[2].partition('"')[0]
        assert path.rpartition("/")[2].isdigit()
        assert (
            "Aucune conversation"
            in (await browser.post("/conversations", data={**form, "state": "closed"})).text
        )
        seen = (await browser.get(path)).text
        assert "peut répondre" in seen
        assert "ne l&#39;a pas vu" in seen
        assert path in (await browser.get("/conversations")).text
        for filters, finds in (
            ({"domain": "cabinet.mssante.fr"}, True),
            ({"domain": "labo.mssante.fr"}, False),
            ({"first": "2030-01-01"}, False),
            ({"last": "2030-01-01", "account": CITIZEN}, True),
        ):
            page = (await browser.post("/conversations", data={"token": token, **filters})).text
            assert (path in page) is finds, filters
            assert INS not in page.partition("<tbody>")[2]
        assert (await browser.post(path, data={"token": token, "act": "close"})).status_code == 400
        closing = {"token": token, "act": "close", "reason": "Demande de la patiente"}
        assert (await browser.post(path, data=closing)).status_code == 303
        page = (await browser.get(path)).text
        assert 'value="open"' in page
        assert "Demande de la patiente" in page
        assert "anna.support" in page
        assert (await browser.post(path, data={**closing, "act": "open"})).status_code == 303
        assert 'value="close"' in (await browser.get(path)).text
        assert (await browser.get("/conversations/999")).status_code == 404
        wrong = await browser.post("/conversations", data={**form, "account": "nobody@cabinet.mssante.fr"})
        assert "Aucun compte" in wrong.text
    async with house.signed_in(Role.AUDITOR) as browser:
        page = (await browser.get(path)).text
        assert 'name="reason"' not in page
        refused = {"token": token_in(page), "reason": "x", "act": "close"}
        assert (await browser.post(path, data=refused)).status_code == 403


async def test_what_waits_is_seen_held_and_tried_again_by_operators_alone(house: ConsoleHouse) -> None:
    await something_waits(house)
    async with house.signed_in(Role.SUPPORT) as browser:
        page = (await browser.get("/queue?domain=labo.example")).text
        assert "young" in page
        assert "labo@" not in page  # no person
        assert 'value="hold"' not in page
        token = token_in((await browser.get("/account")).text)
        form = {"token": token, "queue_id": "young", "act": "hold"}
        assert (await browser.post("/queue", data=form)).status_code == 403
    async with house.signed_in() as browser:
        form["token"] = token_in((await browser.get("/queue")).text)
        assert (await browser.post("/queue", data=form)).headers["location"] == "/queue"
        assert "retenu" in (await browser.get("/queue")).text
        assert (await browser.post("/queue", data={**form, "act": "retry"})).status_code == 303
        assert "retenu" not in (await browser.get("/queue")).text
        gone = await browser.post("/queue", data={**form, "queue_id": "none"}, follow_redirects=True)
        assert "n&#39;attendait plus" in gone.text
    journal = await house.app.services.store.read(lambda tx: tx.journal.entries(limit=2000))
    acts = [entry.event for entry in journal if entry.actor == "operator:anna.operator"]
    assert {"held back", "retried"} <= set(acts)


async def test_what_grows_old_is_told_and_the_trust_list_to_some_roles(house: ConsoleHouse) -> None:
    async with house.signed_in(Role.SUPPORT) as browser:
        page = (await browser.get("/radar")).text
        assert "Aucun annuaire" in page
        assert "Nos certificats" not in page
    async with house.signed_in(Role.DIRECTORY) as browser:
        page = (await browser.get("/radar")).text
        assert "aucun autre opérateur" in page
        assert pki().certificate.name in page
        assert "illisible" not in page
