"""Sign-ins and messages accepted stand in the journal, and nobody fills a disk with them."""

import pytest
from tests.support.builders import DOCTOR, OTHER_DOCTOR
from tests.support.letters import a_letter
from tests.support.world import World

from vaguemestre.service.ports.journal import JournalEntry
from vaguemestre.service.sign_in.outcome import Channel, SignInRefused

OFFICE = Channel("imap", "192.0.2.1")


async def said(world: World, event: str) -> list[JournalEntry]:
    """The earliest first."""
    return list(reversed(await world.store.read(lambda tx: tx.journal.entries(event=event, limit=999_999))))


async def test_a_sign_in_has_its_line_and_those_of_the_same_hour_one_together(world: World) -> None:
    claire = await world.bal(DOCTOR, password="correct horse battery")
    for _ in range(5):
        await world.authentication.sign_in(str(claire.address), "correct horse battery", OFFICE)
        world.clock.pass_(minutes=5)
    (first,) = await said(world, "signed_in")
    assert (first.actor, first.bal) == (f"bal:{claire.id}", claire.id)
    assert first.detail == {"door": "imap", "mechanism": "password", "network": "192.0.2.1"}
    assert await world.authentication.journal.run_once(500) == 0
    world.clock.pass_(hours=1)
    assert await world.authentication.journal.run_once(500) == 1
    (_, others) = await said(world, "signed_in")
    assert others.detail["times"] == "4"
    await world.authentication.sign_in(str(claire.address), "correct horse battery", OFFICE)
    assert len(await said(world, "signed_in")) == 3


async def test_a_failed_sign_in_names_the_account_and_never_what_was_typed(world: World) -> None:
    claire = await world.bal(DOCTOR, password="correct horse battery")
    for name in (str(claire.address), "correct horse battery"):
        with pytest.raises(SignInRefused):
            await world.authentication.sign_in(name, "wrong password", OFFICE)
    known, unknown = await said(world, "sign_in_failed")
    assert (known.actor, known.bal, known.detail["reason"]) == ("network:192.0.2.1", claire.id, "credentials")
    assert unknown.bal is None
    assert "correct" not in str(unknown)


async def test_guesses_from_a_thousand_networks_leave_a_bounded_number_of_lines(world: World) -> None:
    claire = await world.bal(DOCTOR, password="correct horse battery")
    for number in range(200):
        elsewhere = Channel("smtp", f"198.51.{number // 100}.{number % 100}")
        with pytest.raises(SignInRefused):
            await world.authentication.sign_in(str(claire.address), "the same wrong guess", elsewhere)
    assert len(await said(world, "sign_in_failed")) == 60
    await world.authentication.journal.close()
    *_, others = await said(world, "sign_in_failed")
    assert others.detail["network"] == "several"
    assert others.detail["times"] == "140"


async def test_an_accepted_message_has_one_line_that_says_whom_it_reached(world: World) -> None:
    claire, paul = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    reply = await world.send(claire, a_letter(DOCTOR, OTHER_DOCTOR), OTHER_DOCTOR)
    assert reply.is_positive
    (line,) = await said(world, "accepted")
    assert (line.actor, line.bal) == (f"bal:{claire.id}", None)
    assert line.detail["to"] == str(paul.id)
    assert line.detail["queue_id"] in reply.text
