"""Passkeys of administrators: made with a code of the telephone, then shown instead of it."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.authenticator import PRESENT, VERIFIED, Authenticator
from tests.support.console_desk import a_desk
from tests.support.world import World, a_world

from vaguemestre.console.desk import Desk
from vaguemestre.policy.administration import Role
from vaguemestre.service.administration.accounts import AdministratorRefused
from vaguemestre.service.administration.ceremonies import Ceremonies, CeremonyError
from vaguemestre.service.administration.challenges import MOST as MOST_CHALLENGES
from vaguemestre.service.administration.passkeys import MOST
from vaguemestre.service.administration.second_factor import code_at
from vaguemestre.service.administration.sessions import Browser, Here
from vaguemestre.service.administration.signing_in import ConsoleSignInRefused
from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.sign_in.guessing import POSTPONED_FROM
from vaguemestre.service.sign_in.outcome import SignInPostponed

PASSWORD = "une longue phrase de passe"
PEER = "192.0.2.7"
FIREFOX = Browser(PEER, "Firefox")


@dataclass(slots=True)
class Office:
    """A console, and the telephones of those who may sign in to it."""

    world: World
    desk: Desk
    telephones: dict[str, bytes] = field(default_factory=dict)

    def code(self, name: str) -> str:
        """What a telephone shows; time passes so that the next one is another."""
        self.world.clock.pass_(seconds=30)
        return code_at(self.telephones[name], self.world.clock.now())

    async def administrator(self, name: str) -> None:
        token = await self.desk.administrators.add(name, Role.OPERATOR, "test")
        invited = await self.desk.administrators.invited(token)
        assert invited is not None
        self.telephones[name] = invited.secret
        await self.desk.administrators.enrol(token, PASSWORD, self.code(name), PEER)

    async def by_password(self, name: str) -> Here:
        return await self.desk.by_password.sign_in(name, PASSWORD, self.code(name), FIREFOX)

    async def add(self, here: Here, key: Authenticator, name: str = "Clé bleue") -> None:
        asked = await self.desk.passkeys.ask(here, self.code(here.administrator.name), PEER)
        await self.desk.passkeys.add(here, name, key.make(asked), PEER)

    async def by_passkey(self, key: Authenticator) -> Here:
        return await self.desk.by_passkey.sign_in(key.show(await self.desk.by_passkey.ask(PEER)), FIREFOX)

    async def journal(self, event: str) -> list[JournalEntry]:
        return await self.world.store.read(lambda tx: tx.journal.entries(event=event))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with a_world(tmp_path) as world:
        office = Office(world, a_desk(world))
        await office.administrator("anna")
        yield office


@pytest.fixture
async def anna(office: Office) -> Here:
    return await office.by_password("anna")


async def test_a_passkey_signs_in_without_a_name_and_the_journal_names_both(
    office: Office, anna: Here
) -> None:
    key = Authenticator()
    await office.add(anna, key, "  Clé   du coffre ")
    [kept] = await office.desk.passkeys.of(anna.administrator.id)
    assert (kept.name, kept.used_at) == ("Clé du coffre", None)
    here = await office.by_passkey(key)
    assert here.administrator.name == "anna"
    assert await office.desk.sessions.here(here.token) is not None
    [kept] = await office.desk.passkeys.of(anna.administrator.id)
    assert kept.used_at == office.world.clock.now()
    [added] = await office.journal("administrator_passkey_added")
    assert (added.actor, added.detail["passkey"]) == ("operator:anna", "Clé du coffre")
    entered = (await office.journal("administrator_signed_in"))[0]
    assert entered.detail == {"peer": PEER, "way": "passkey", "key": "Clé du coffre"}


async def test_every_browser_is_asked_the_same(office: Office, anna: Here) -> None:
    before = json.loads(await office.desk.by_passkey.ask(PEER))
    await office.add(anna, Authenticator())
    after = json.loads(await office.desk.by_passkey.ask(PEER))
    assert before.pop("challenge") != after.pop("challenge")
    assert before == after
    assert (before["rpId"], before["userVerification"], before["allowCredentials"]) == (
        "mail.example",
        "required",
        [],
    )


async def test_a_key_must_be_discoverable_and_is_not_made_twice(office: Office, anna: Here) -> None:
    key = Authenticator()
    await office.add(anna, key)
    asked = json.loads(await office.desk.passkeys.ask(anna, office.code("anna"), PEER))
    assert asked["authenticatorSelection"]["residentKey"] == "required"
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert len(asked["excludeCredentials"]) == 1
    with pytest.raises(AdministratorRefused, match="not made as asked"):
        await office.add(anna, key)


def _of(**said: object) -> Callable[[Authenticator], None]:
    def change(key: Authenticator) -> None:
        for name, value in said.items():
            setattr(key, name, value)

    return change


@pytest.mark.parametrize(
    "wrong",
    [
        _of(origin="https://mail.example.evil.example"),
        _of(origin="http://mail.example"),
        _of(host="evil.example"),
        _of(flags=PRESENT),
        _of(flags=VERIFIED),
        _of(handle=b"somebody else"),
        _of(handle=b""),
        _of(credential=b"nobody's"),
        _of(key=Authenticator().key),
        _of(used=0),
    ],
    ids=["origin", "http", "host", "not verified", "absent", "whose", "nobody", "unknown", "key", "copied"],
)
async def test_whatever_is_wrong_nobody_is_signed_in_and_the_sentence_is_the_same(
    office: Office, anna: Here, wrong: Callable[[Authenticator], None]
) -> None:
    key = Authenticator()
    await office.add(anna, key)
    await office.by_passkey(key)
    wrong(key)
    with pytest.raises(ConsoleSignInRefused, match="does not open the console"):
        await office.by_passkey(key)
    assert len(await office.journal("administrator_refused")) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        _of(origin="https://evil.example"),
        _of(host="evil.example"),
        _of(flags=PRESENT),
        _of(flags=VERIFIED),
    ],
    ids=["origin", "host", "not verified", "absent"],
)
async def test_a_key_that_was_not_made_as_asked_is_not_kept(
    office: Office, anna: Here, wrong: Callable[[Authenticator], None]
) -> None:
    key = Authenticator()
    wrong(key)
    with pytest.raises(AdministratorRefused):
        await office.add(anna, key)
    assert not await office.desk.passkeys.of(anna.administrator.id)


async def test_a_key_without_counter_signs_in_as_often_as_one_likes(office: Office, anna: Here) -> None:
    key = Authenticator(counts=False)
    await office.add(anna, key)
    for _ in range(3):
        await office.by_passkey(key)


async def test_an_answer_is_good_once_and_for_five_minutes(office: Office, anna: Here) -> None:
    key = Authenticator(counts=False)
    await office.add(anna, key)
    answer = key.show(await office.desk.by_passkey.ask(PEER))
    await office.desk.by_passkey.sign_in(answer, FIREFOX)
    with pytest.raises(ConsoleSignInRefused):
        await office.desk.by_passkey.sign_in(answer, FIREFOX)
    late = key.show(await office.desk.by_passkey.ask(PEER))
    office.world.clock.pass_(minutes=5)
    with pytest.raises(ConsoleSignInRefused):
        await office.desk.by_passkey.sign_in(late, FIREFOX)


async def test_a_challenge_is_for_one_thing_and_one_person(office: Office, anna: Here) -> None:
    await office.administrator("bert")
    bert, key = await office.by_password("bert"), Authenticator()
    asked = await office.desk.passkeys.ask(anna, office.code("anna"), PEER)
    with pytest.raises(AdministratorRefused):  # hers, not his
        await office.desk.passkeys.add(bert, "Clé", key.make(asked), PEER)
    await office.desk.passkeys.add(anna, "Clé", key.make(asked), PEER)
    asked = await office.desk.passkeys.ask(anna, office.code("anna"), PEER)
    with pytest.raises(ConsoleSignInRefused):  # given to make a key, not to show one
        await office.desk.by_passkey.sign_in(key.show(asked), FIREFOX)
    invented = json.dumps({**json.loads(asked), "challenge": "bm90IG91cnM"})
    with pytest.raises(AdministratorRefused):
        await office.desk.passkeys.add(anna, "Clé", Authenticator().make(invented), PEER)


async def test_a_code_of_the_telephone_adds_one_key(office: Office, anna: Here) -> None:
    with pytest.raises(ConsoleSignInRefused, match="code of the moment"):
        await office.desk.passkeys.ask(anna, "000000", PEER)
    code = office.code("anna")
    await office.desk.passkeys.ask(anna, code, PEER)
    with pytest.raises(ConsoleSignInRefused):
        await office.desk.passkeys.ask(anna, code, PEER)
    refused = await office.journal("administrator_refused")
    assert [entry.detail["way"] for entry in refused] == ["code", "code"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\u202eb"])
async def test_a_key_has_a_name_that_can_be_read(office: Office, anna: Here, name: str) -> None:
    with pytest.raises(AdministratorRefused, match="name has"):
        await office.add(anna, Authenticator(), name)


async def test_nobody_has_more_keys_than_he_can_look_after(office: Office, anna: Here) -> None:
    for number in range(MOST):
        await office.add(anna, Authenticator(), f"Clé {number}")
    with pytest.raises(AdministratorRefused, match="remove one first"):
        await office.desk.passkeys.ask(anna, office.code("anna"), PEER)


async def test_a_key_that_was_removed_opens_nothing_and_what_it_opened_ends(
    office: Office, anna: Here
) -> None:
    await office.administrator("bert")
    bert, key = await office.by_password("bert"), Authenticator()
    await office.add(anna, key)
    by_key = await office.by_passkey(key)
    [kept] = await office.desk.passkeys.of(anna.administrator.id)
    assert not await office.desk.passkeys.remove(bert, kept.id, PEER)
    assert await office.desk.passkeys.remove(anna, kept.id, PEER)
    assert not await office.desk.passkeys.remove(anna, kept.id, PEER)
    alive = [await office.desk.sessions.here(one.token) is not None for one in (anna, by_key, bert)]
    assert alive == [True, False, True]
    with pytest.raises(ConsoleSignInRefused):
        await office.by_passkey(key)
    [removed] = await office.journal("administrator_passkey_removed")
    assert (removed.actor, removed.detail["passkey"]) == ("operator:anna", "Clé bleue")


async def test_who_is_disabled_or_reset_does_not_sign_in_by_passkey(office: Office, anna: Here) -> None:
    key = Authenticator()
    await office.add(anna, key)
    await office.desk.administrators.set_enabled("anna", False, "test")
    with pytest.raises(ConsoleSignInRefused):
        await office.by_passkey(key)
    await office.desk.administrators.set_enabled("anna", True, "test")
    await office.by_passkey(key)
    await office.desk.administrators.reset("anna", "test")
    with pytest.raises(ConsoleSignInRefused):
        await office.by_passkey(key)
    [reset] = await office.journal("administrator_reset")
    assert reset.detail["passkeys"] == "1"


async def test_guesses_are_counted_and_at_last_not_looked_at(office: Office, anna: Here) -> None:
    key = Authenticator()
    await office.add(anna, key)
    for number in range(POSTPONED_FROM):
        with pytest.raises(ConsoleSignInRefused):
            await office.desk.by_passkey.sign_in("{}", Browser(f"2001:db8::{number:x}", "x"))
    with pytest.raises(SignInPostponed):
        await office.desk.by_passkey.sign_in("{}", Browser("2001:db8::", "x"))
    waited = len(office.world.clock.waits)
    await office.by_passkey(key)
    assert len(office.world.clock.waits) == waited  # from elsewhere, and of her account, nothing was guessed


async def test_a_network_is_given_some_challenges_and_then_asked_to_wait(office: Office) -> None:
    for _ in range(MOST_CHALLENGES):
        await office.desk.by_passkey.ask(PEER)
    with pytest.raises(SignInPostponed, match="in a few minutes"):
        await office.desk.by_passkey.ask(PEER)
    await office.desk.by_passkey.ask("192.0.2.8")
    office.world.clock.pass_(minutes=5)
    await office.desk.by_passkey.ask(PEER)


@settings(max_examples=50)
@given(
    st.one_of(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(st.sampled_from(["id", "rawId", "response", "type", "userHandle"]), inner)
            ),
        ).map(json.dumps),
        st.builds(
            lambda client, handle: json.dumps(
                {
                    "id": "x",
                    "rawId": "x",
                    "type": "public-key",
                    "response": {
                        "clientDataJSON": client,
                        "authenticatorData": "x",
                        "signature": "x",
                        "userHandle": handle,
                    },
                }
            ),
            st.sampled_from(["", "x", "é", "bnVsbA", "W10", "e30", "eyJjaGFsbGVuZ2UiOjF9"]),
            st.sampled_from([None, 1, "x", "é", "AAAA"]),
        ),
    )
)
def test_an_answer_that_makes_no_sense_is_refused_as_such(answer: str) -> None:
    ceremonies = Ceremonies("mail.example", lambda: "https://mail.example")
    with pytest.raises(CeremonyError):
        ceremonies.said(answer)
    with pytest.raises(CeremonyError):
        ceremonies.said_to_register(answer)


@pytest.mark.parametrize("answer", ["[" * 60_000, '{"id":' * 10_000])
def test_an_answer_that_is_deep_is_refused_as_such(answer: str) -> None:
    with pytest.raises(CeremonyError):
        Ceremonies("mail.example", lambda: "https://mail.example").said(answer)


@pytest.mark.parametrize(
    ("address", "origin", "host"),
    [
        ("https://Console.example.fr", "https://console.example.fr", "console.example.fr"),
        ("https://console.example.fr:443", "https://console.example.fr", "console.example.fr"),
        ("https://console.example.fr:1443", "https://console.example.fr:1443", "console.example.fr"),
        ("http://localhost:80", "http://localhost", "localhost"),
        ("https://example.fr/console", "https://example.fr", "example.fr"),
    ],
)
def test_an_address_is_told_as_browsers_tell_it(address: str, origin: str, host: str) -> None:
    ceremonies = Ceremonies("mail.example", lambda: address)
    assert (ceremonies.origin, ceremonies.host) == (origin, host)
