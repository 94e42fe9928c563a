"""Every screen in Debian's chromium, at desktop and phone widths, without a fault that axe can find.

Screenshots go where VAGUEMESTRE_SCREENSHOTS says, or to a folder that is thrown away.
"""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pypdfium2
import pytest
from aiosmtplib import SMTPException
from axe_playwright_python.async_playwright import Axe
from imapclient import IMAPClient
from playwright.async_api import Browser, ConsoleMessage, Dialog, Page, Request, async_playwright
from tests.support.builders import CITIZEN
from tests.support.console_health import a_busy_day
from tests.support.console_house import PASSWORD, PATIENCE, ConsoleHouse, a_console_house
from tests.support.console_letter import a_letter_with_everything
from tests.support.console_months import MONTHS, months_went_by
from tests.support.console_queue import something_waits
from tests.support.console_trust import a_trust_list
from tests.support.identity_provider import IdentityProvider, an_identity_provider, signing_in_by
from tests.support.smtp_door import client_context
from tests.support.trust_lists import A_HOSPITAL

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.policy.administration import Role
from vaguemestre.service.ports.administrator import Link
from vaguemestre.service.ports.store import Transaction
from vaguemestre.service.ports.warrant import WarrantId

CHROMIUM = shutil.which("chromium")
VIEWS = {"desktop": (1280, 900, "light"), "phone": (360, 740, "dark")}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


async def look(page: Page, name: str, folder: Path) -> None:
    """Take a picture, ask axe, and see that nothing is wider than the screen."""
    await page.screenshot(path=folder / f"{name}.png", full_page=True)
    found = await Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    width = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, f"{name} is {width} pixels too wide"


def _noting(complaints: list[str]) -> Callable[[ConsoleMessage], None]:
    return lambda message: complaints.append(message.text)


def _keeping(asked: list[str]) -> Callable[[Request], None]:
    return lambda request: asked.append(request.url)


def _refusing(dialog: Dialog) -> None:
    raise AssertionError(f"something ran: {dialog.message}")


async def sign_in(page: Page, house: ConsoleHouse, name: str) -> None:
    await page.goto(f"{house.address}/sign-in")
    await page.get_by_label("Nom", exact=True).fill(name)
    await page.get_by_label("Mot de passe").fill(PASSWORD)
    await page.get_by_label("Code du téléphone").fill(house.code(name))
    await page.get_by_role("button", name="Se connecter", exact=True).click()
    await page.wait_for_url(f"{house.address}/")


async def a_passkey_is_added_and_signs_in(page: Page, house: ConsoleHouse, name: str) -> None:
    """By the authenticator that chromium has for tests; a wrong code first. It ends on the account's page."""
    asks = await page.context.new_cdp_session(page)
    await asks.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = {**kind, "isUserVerified": True, "automaticPresenceSimulation": True}
    await asks.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    await page.goto(f"{house.address}/account")
    await page.get_by_label("Nom de la clé").fill(name)
    await page.get_by_label("Code du téléphone").fill("000000")
    await page.get_by_role("button", name="Ajouter").click()
    await page.get_by_role("alert").get_by_text("Ce code n'est pas celui du moment").wait_for()
    await page.get_by_label("Code du téléphone").fill(house.code("anna"))
    await page.get_by_role("button", name="Ajouter").click()
    await page.get_by_role("rowheader", name=name).wait_for()
    await page.get_by_label("Nom de la clé").fill("La même")
    await page.get_by_label("Code du téléphone").fill(house.code("anna"))
    await page.get_by_role("button", name="Ajouter").click()
    await page.get_by_role("alert").get_by_text("Cet appareil a déjà une de vos clés").wait_for()
    await page.get_by_role("button", name="Se déconnecter", exact=True).click()
    await page.get_by_role("button", name="Se connecter avec une clé d'accès").click()
    await page.wait_for_url(f"{house.address}/")
    await page.get_by_role("link", name="anna").click()


async def printed_with_a_mark(page: Page, mark: str) -> None:
    """Each sheet of paper says who printed it."""
    with closing(pypdfium2.PdfDocument(await page.pdf())) as printed:  # type: ignore[no-untyped-call] # untyped
        sheets = [sheet.get_textpage().get_text_range() for sheet in printed]
    assert sheets
    assert all(f"{mark} ·" in sheet for sheet in sheets)


async def somebody_wants_to_read(house: ConsoleHouse, name: str, bal: Bal) -> WarrantId:
    """As where a second operator has to grant it."""
    now = house.clock.now()

    def unit(tx: Transaction) -> WarrantId:
        asker = tx.administrators.by_name(name)
        assert asker is not None
        return tx.warrants.ask(bal.id, asker.id, "Plainte 7", now, now + timedelta(days=1))

    return await house.app.services.store.write(unit, "test")


def read_by_imap(house: ConsoleHouse, mailbox: str) -> list[str]:
    """What the citizen reads there: the texts of the messages."""
    port = house.app.port("imaps")
    with IMAPClient("localhost", port=port, ssl_context=client_context()) as client:
        client.login(CITIZEN, PASSWORD)
        client.select_folder(mailbox, readonly=True)
        found = client.fetch(client.search("ALL"), ["RFC822"]).values()
    parsed = [message_from_bytes(one[b"RFC822"], EmailMessage, policy=default) for one in found]
    return [body.get_content() for one in parsed if (body := one.get_body(("plain",))) is not None]


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with an_identity_provider() as provider:
        yield provider


async def test_every_screen_is_good_for_everybody(tmp_path: Path, provider: IdentityProvider) -> None:
    folder = Path(os.environ.get("VAGUEMESTRE_SCREENSHOTS", tmp_path))
    trusting = await asyncio.to_thread(a_trust_list, tmp_path, [A_HOSPITAL])
    settings = {**trusting, **await asyncio.to_thread(signing_in_by, provider, tmp_path)}
    async with a_console_house(tmp_path / "house", settings) as house, chromium() as browser:
        provider.now = lambda: house.clock.now().timestamp()
        doctor = await house.bal("claire.martin", name="Dr Claire MARTIN")
        citizen = await house.bal(CITIZEN.partition("@")[0], BalKind.CITIZEN)
        name = await house.letter(doctor, citizen, a_letter_with_everything())
        colleague = await house.bal("paul.durand")
        with pytest.raises(SMTPException):  # a refusal to be shown
            await house.letter(citizen, colleague)
        await house.administrator("anna")
        known = Link(provider.issuer, "anna@psc")
        await house.app.services.administration.accounts.link("anna", known, "test")
        await something_waits(house)
        await a_busy_day(house)
        await months_went_by(house)
        token = await house.app.services.administration.accounts.add("bert", Role.AUDITOR, "test")
        for seen, (across, down, colours) in VIEWS.items():
            context = await browser.new_context(
                ignore_https_errors=True,
                viewport={"width": across, "height": down},
                locale="fr-FR",
                color_scheme="dark" if colours == "dark" else "light",
            )
            context.set_default_timeout(PATIENCE * 1_000)
            page = await context.new_page()
            complaints: list[str] = []
            asked: list[str] = []
            page.on("console", _noting(complaints))
            page.on("request", _keeping(asked))
            page.on("dialog", _refusing)
            await page.goto(f"{house.address}/sign-in")
            await look(page, f"{seen}-sign-in", folder)
            await page.goto(f"{house.address}/enrol/{token}")
            await look(page, f"{seen}-enrolment", folder)
            await page.goto(f"{house.address}/devices")
            await look(page, f"{seen}-devices", folder)
            await page.get_by_label("Votre adresse").fill(str(doctor.address))
            await page.get_by_label("Mot de passe de la boîte").fill(PASSWORD)
            await page.get_by_label("Nom de l'appareil").fill(seen)
            await page.get_by_role("button", name="Brancher cet appareil").click()
            await look(page, f"{seen}-device", folder)
            await sign_in(page, house, "anna")
            await look(page, f"{seen}-home", folder)
            await page.get_by_role("link", name="Boîtes").first.click()
            await page.get_by_role("searchbox").fill("martin")
            await page.get_by_role("button", name="Chercher").click()
            await look(page, f"{seen}-mailboxes", folder)
            await page.get_by_role("link", name="claire.martin").click()
            await look(page, f"{seen}-mailbox", folder)
            await page.goto(f"{house.address}/mailboxes/{citizen.id}")
            await page.get_by_role("link", name="INBOX").click()
            await look(page, f"{seen}-mailbox-folder", folder)
            await page.go_back()
            await page.get_by_role("link", name="Lire le contenu").click()
            await page.get_by_label("Motif").fill("Ticket 12")
            await look(page, f"{seen}-warrant-form", folder)
            await page.get_by_role("button", name="Lire cette boîte").click()
            await look(page, f"{seen}-reading-folders", folder)
            await page.get_by_role("link", name="INBOX").click()
            await look(page, f"{seen}-reading-list", folder)
            await page.get_by_role("link", name="Vos résultats").click()
            await page.frame_locator("iframe").get_by_text("Bonjour").wait_for()
            await look(page, f"{seen}-reading-message", folder)
            await printed_with_a_mark(page, "anna")
            await page.get_by_role("link", name="Aperçu de analyse.pdf").click()
            await page.get_by_role("img").wait_for()
            await look(page, f"{seen}-preview", folder)
            await page.goto(f"{house.address}/warrants")
            await look(page, f"{seen}-warrants", folder)
            await page.get_by_role("rowheader").get_by_role("link").first.click()
            await look(page, f"{seen}-warrant", folder)
            await page.get_by_role("button", name="Retirer").click()
            await page.get_by_text("retirée", exact=True).wait_for()
            asked_of_her = await somebody_wants_to_read(house, "bert", citizen)
            await page.goto(house.address)
            await page.get_by_role("link", name="Demandes de lecture").click()
            await page.locator(f"a[href='/warrants/{asked_of_her}']").click()
            await look(page, f"{seen}-warrant-asked", folder)
            await page.get_by_role("button", name="Accorder").click()
            await page.get_by_text("accordée", exact=True).wait_for()
            await page.goto(f"{house.address}/messages")
            await page.get_by_label("Message-ID").fill(name)
            await page.get_by_role("button", name="Chercher").click()
            await look(page, f"{seen}-messages", folder)
            await page.get_by_role("rowheader").get_by_role("link").first.click()
            await look(page, f"{seen}-message", folder)
            await page.goto(f"{house.address}/conversations")
            await page.get_by_label("Adresse d'un usager").fill(str(doctor.address))
            await page.get_by_role("button", name="Chercher").click()
            await look(page, f"{seen}-conversations", folder)
            await page.get_by_role("rowheader").get_by_role("link").first.click()
            await look(page, f"{seen}-conversation", folder)
            await page.goto(f"{house.address}/queue")
            await look(page, f"{seen}-queue", folder)
            await page.goto(f"{house.address}/refusals")
            await look(page, f"{seen}-refusals", folder)
            await page.goto(f"{house.address}/directory")
            await page.get_by_role("searchbox").fill("martin")
            await page.get_by_role("button", name="Chercher").click()
            await look(page, f"{seen}-directory", folder)
            await page.goto(f"{house.address}/trust")
            await look(page, f"{seen}-trust", folder)
            await page.goto(f"{house.address}/radar")
            await look(page, f"{seen}-radar", folder)
            await page.goto(f"{house.address}/health")
            async with page.expect_response(f"{house.address}/health/live"):
                await page.reload()
            await page.get_by_text("Les nombres").first.click()
            await look(page, f"{seen}-health", folder)
            await page.goto(f"{house.address}/statistics")
            await page.get_by_label("Mois", exact=True).select_option(MONTHS[-2])
            await page.get_by_role("button", name="Montrer").click()
            await page.get_by_text("Les nombres").first.click()
            await look(page, f"{seen}-statistics", folder)
            await page.goto(f"{house.address}/audit")
            await page.get_by_role("button", name="Vérifier maintenant").click()
            await page.get_by_text("Vérifié le").wait_for()
            await page.get_by_label("Par qui").fill("operator:anna")
            await page.get_by_role("button", name="Chercher").click()
            await look(page, f"{seen}-audit", folder)
            await page.goto(f"{house.address}/administrators")
            await look(page, f"{seen}-administrators", folder)
            await a_passkey_is_added_and_signs_in(page, house, f"Clé de {seen}")
            await look(page, f"{seen}-account", folder)
            await page.get_by_role("button", name=f"Retirer Clé de {seen}").click()
            await page.get_by_text("Vous n'en avez pas encore.").wait_for()
            await page.get_by_role("button", name="Se déconnecter", exact=True).click()
            await page.wait_for_url(f"{house.address}/sign-in")
            await page.get_by_role("link", name="Se connecter avec Pro Santé Connect").click()
            await page.wait_for_url(f"{house.address}/")
            await page.get_by_role("link", name="anna").wait_for()
            provider.person = {**provider.person, "sub": "bert@psc"}
            await page.get_by_role("button", name="Se déconnecter", exact=True).click()
            await page.get_by_role("link", name="Se connecter avec Pro Santé Connect").click()
            await page.get_by_role("alert").get_by_text("bert@psc").wait_for()
            await look(page, f"{seen}-sign-in-refused", folder)
            provider.person = {**provider.person, "sub": "anna@psc"}
            assert not [text for text in complaints if "Content Security Policy" in text]
            # The letter that was read asks for pictures, pages and styles elsewhere, in twenty ways.
            ours = (f"{house.address}/", "data:image/png", "about:", f"{provider.issuer}/authorize?")
            assert not [url for url in asked if not url.startswith(ours)]
            await context.close()
        told = await asyncio.to_thread(read_by_imap, house, "Historique d'accès")
        for word in (
            "dossiers et les compteurs",
            "peut lire",
            "liste des messages",
            "lu le message",
            "vu une pièce",
        ):
            assert sum(word in one for one in told) >= len(VIEWS), word
        assert all("anna" in one for one in told)
        assert sum("Ticket 12" in one for one in told) == 4 * len(VIEWS)
        letters = await asyncio.to_thread(read_by_imap, house, "INBOX")
        assert sum("peut lire vos messages" in one for one in letters) == 2 * len(VIEWS)
