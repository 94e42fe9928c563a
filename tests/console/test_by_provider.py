"""Signing in by an OpenID provider, over real HTTP on both sides: there, back, and whatever may be wrong."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from tests.support.console_house import ConsoleHouse, a_console_house
from tests.support.identity_provider import (
    CLIENT,
    IdentityProvider,
    an_identity_provider,
    signing_in_by,
)

from vaguemestre.policy.administration import Role
from vaguemestre.service.administration.accounts import AdministratorRefused
from vaguemestre.service.administration.challenges import MOST
from vaguemestre.service.ports.administrator import Link
from vaguemestre.service.ports.journal import JournalEntry

REFUSED = "pas confirmé la connexion"


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with an_identity_provider() as provider:
        yield provider


@pytest.fixture
async def house(tmp_path: Path, provider: IdentityProvider) -> AsyncIterator[ConsoleHouse]:
    async with with_provider(tmp_path, provider) as opened:
        provider.now = lambda: opened.clock.now().timestamp()
        await opened.app.services.administration.accounts.add("anna", Role.SUPPORT, "test")
        await link(opened, provider, "anna", "anna@psc")
        yield opened


def with_provider(
    folder: Path, provider: IdentityProvider, **more: object
) -> AbstractAsyncContextManager[ConsoleHouse]:
    return a_console_house(folder / "house", signing_in_by(provider, folder, **more))


async def link(house: ConsoleHouse, provider: IdentityProvider, name: str, subject: str) -> None:
    accounts = house.app.services.administration.accounts
    await accounts.link(name, Link(provider.issuer, subject), "test")


async def there(browser: httpx.AsyncClient, to: str = "/") -> str:
    """Where the provider sends back to."""
    sent = await browser.get("/sign-in/provider", params={"to": to})
    assert sent.status_code == 303, sent.text
    async with httpx.AsyncClient() as elsewhere:
        return (await elsewhere.get(sent.headers["location"])).headers["location"]


async def journal(house: ConsoleHouse, event: str) -> list[JournalEntry]:
    return await house.app.services.store.read(lambda tx: tx.journal.entries(event=event))


async def test_who_is_linked_goes_there_and_comes_back_signed_in(
    house: ConsoleHouse, provider: IdentityProvider
) -> None:
    async with house.browser() as browser:
        page = await browser.get("/sign-in?to=/account%3Fa%3D1")
        assert "Se connecter avec Pro Santé Connect" in page.text
        assert 'href="/sign-in/provider?to=/account%3Fa%3D1"' in page.text
        back = await there(browser, "/account?a=1")
        assert back.startswith(f"{house.address}/sign-in/provider/answer?")
        asked = provider.sent
        assert (asked["scope"], asked["code_challenge_method"]) == ("openid", "S256")
        entered = await browser.get(back)
        assert entered.status_code == 200
        assert '<meta http-equiv="refresh" content="0;url=/account?a=1">' in entered.text
        cookies = entered.headers.get_list("set-cookie")
        [session] = [one for one in cookies if one.startswith("__Host-session=")]
        assert all(word in session for word in ("HttpOnly", "Secure", "SameSite=strict"))
        assert "__Host-provider" not in browser.cookies
        assert "anna" in (await browser.get("/account")).text
        assert (await browser.get("/administrators")).status_code == 403  # what she may do is ours to say
    [entry] = await journal(house, "administrator_signed_in")
    assert (entry.actor, entry.detail["way"]) == ("operator:anna", "provider")
    assert set(asked) & {"state", "nonce", "code_challenge"} == {"state", "nonce", "code_challenge"}
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


async def test_where_it_was_asked_by_whom_and_how_often_decides(house: ConsoleHouse) -> None:
    async with house.browser() as browser, house.browser() as other:
        back = await there(browser)
        refused = await other.get(back)  # another browser: somebody wants us signed in as himself
        assert (refused.status_code, REFUSED in refused.text) == (403, True)
        assert (await browser.get(back)).status_code == 200
        assert (await browser.get(back)).status_code == 403
        sent = await browser.get("/sign-in/provider", headers={"sec-fetch-site": "cross-site"})
        assert sent.headers["location"] == "/sign-in"
        away = await there(browser, "//evil.example")
        assert "url=/&#34;" not in (entered := await browser.get(away)).text
        assert 'content="0;url=/"' in entered.text


async def test_an_answer_is_good_for_ten_minutes(house: ConsoleHouse) -> None:
    async with house.browser() as browser:
        back = await there(browser)
        house.clock.pass_(minutes=9)
        assert (await browser.get(back)).status_code == 200
        back = await there(browser)
        house.clock.pass_(minutes=10)
        assert (await browser.get(back)).status_code == 403


async def test_an_answer_that_was_touched_is_refused(house: ConsoleHouse) -> None:
    elsewhere = ("iss", "https://elsewhere.example")
    touched = (("state", "x"), ("state", ""), ("code", "x"), ("code", ""), elsewhere)
    async with house.browser() as browser:
        for name, value in touched:
            house.clock.pass_(minutes=30)  # or guesses are made slow
            parts = urlsplit(await there(browser))
            said = {key: values[0] for key, values in parse_qs(parts.query).items()}
            answer = await browser.get(f"{parts.path}?{urlencode({**said, name: value})}")
            assert (answer.status_code, REFUSED in answer.text) == (403, True), (name, value)
            assert "__Host-session" not in browser.cookies
    entries = await journal(house, "administrator_refused")
    assert {(entry.actor, entry.detail["way"]) for entry in entries} == {("operator:?", "provider")}
    assert len(entries) == len(touched)


CLAIMS: tuple[tuple[dict[str, object], str], ...] = (
    ({"nonce": "another"}, REFUSED),
    ({"nonce": None}, REFUSED),
    ({"aud": "another"}, REFUSED),
    ({"aud": ["another", CLIENT], "azp": "another"}, REFUSED),
    ({"iss": "https://elsewhere.example"}, REFUSED),
    ({"exp": 0}, REFUSED),
    ({"sub": None}, REFUSED),
    ({"sub": 7}, REFUSED),
    ({"sub": ""}, REFUSED),
    ({"sub": "a\u202eb"}, REFUSED),
    ({"sub": "x" * 256}, REFUSED),
    ({"amr": ["pwd"]}, "second facteur"),
    ({"amr": None}, "second facteur"),
    ({"amr": "mfa"}, "second facteur"),
    ({"sub": "bert@psc"}, "vous appelle «\u00a0bert@psc\u00a0»"),
)


async def test_what_the_provider_says_is_looked_at(house: ConsoleHouse, provider: IdentityProvider) -> None:
    right = provider.person
    async with house.browser() as browser:
        for claims, told in CLAIMS:
            house.clock.pass_(minutes=30)  # or guesses are made slow
            provider.person = right | claims
            answer = await browser.get(await there(browser))
            assert (answer.status_code, told in answer.text) == (403, True), claims
            assert "__Host-session" not in browser.cookies


async def test_a_key_that_the_provider_does_not_publish_signs_nothing(
    house: ConsoleHouse, provider: IdentityProvider
) -> None:
    async with house.browser() as browser:
        back = await there(browser)
        provider.forged = RSAKey.generate_key(2048)
        assert (await browser.get(back)).status_code == 403


async def test_who_was_disabled_or_unlinked_is_not_let_in(
    house: ConsoleHouse, provider: IdentityProvider
) -> None:
    accounts = house.app.services.administration.accounts
    async with house.browser() as browser:
        await accounts.set_enabled("anna", False, "test")
        assert (await browser.get(await there(browser))).status_code == 403
        await accounts.set_enabled("anna", True, "test")
        assert (await browser.get(await there(browser))).status_code == 200
        assert await accounts.unlink("anna", "test")
        assert not await accounts.unlink("anna", "test")
        assert (await browser.get("/account")).status_code == 303  # the session ended with the link
        assert (await browser.get(await there(browser))).status_code == 403
    await accounts.add("bert", Role.AUDITOR, "test")
    await link(house, provider, "bert", "anna@psc")
    with pytest.raises(AdministratorRefused, match="the account bert"):
        await link(house, provider, "anna", "anna@psc")
    await link(house, provider, "bert", "bert@psc")
    await link(house, provider, "anna", "anna@psc")
    [unlinked] = await journal(house, "administrator_unlinked")
    assert unlinked.detail == {"name": "anna"}


async def test_a_provider_that_does_not_answer_is_told_as_such(
    house: ConsoleHouse, provider: IdentityProvider
) -> None:
    async with house.browser() as browser:
        provider.answers = False
        answer = await browser.get("/sign-in/provider")
        assert (answer.status_code, "réessayez plus tard" in answer.text) == (503, True)
        provider.answers = True
        house.clock.pass_(minutes=2)
        back = await there(browser)
        provider.answers = False
        answer = await browser.get(back)
        assert (answer.status_code, "réessayez plus tard" in answer.text) == (503, True)


async def test_a_network_asks_so_often_and_then_waits(house: ConsoleHouse) -> None:
    async with house.browser() as browser:
        for _ in range(MOST):
            assert (await browser.get("/sign-in/provider")).status_code == 303
        assert (await browser.get("/sign-in/provider")).status_code == 429


async def test_levels_and_other_claims_are_asked_for_where_the_settings_say_so(
    tmp_path: Path, provider: IdentityProvider
) -> None:
    provider.takes_basic = False
    claim, scopes = "SubjectNameID", ("openid", "scope_all")
    opening = with_provider(tmp_path, provider, acr=("eidas1", "eidas2"), amr=(), claim=claim, scopes=scopes)
    async with opening as house, house.browser() as browser:
        provider.now = lambda: house.clock.now().timestamp()
        await house.app.services.administration.accounts.add("anna", Role.AUDITOR, "test")
        await link(house, provider, "anna", "10003456786")
        provider.person = {"sub": "x", "SubjectNameID": "10003456786", "acr": "eidas1"}
        assert (await browser.get(await there(browser))).status_code == 200
        assert (provider.sent["acr_values"], provider.sent["scope"]) == ("eidas1 eidas2", "openid scope_all")
        provider.person |= {"acr": "low"}
        assert (await browser.get(await there(browser))).status_code == 403


async def test_where_no_provider_is_set_nothing_speaks_of_one(tmp_path: Path) -> None:
    async with a_console_house(tmp_path) as house, house.browser() as browser:
        assert "/sign-in/provider" not in (await browser.get("/sign-in")).text
        assert (await browser.get("/sign-in/provider")).status_code == 404
        assert (await browser.get("/sign-in/provider/answer?code=x&state=y")).status_code == 404
