"""What readers did is told in the history of accesses: one message a visit, how often and never what."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.support.builders import CITIZEN, DOCTOR, OTHER_CITIZEN, OTHER_DOCTOR
from tests.support.letters import SENTENCE, a_letter
from tests.support.readers import let
from tests.support.world import World

from vaguemestre.mail.access import Deed, Right
from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.mailbox import ACCESS_HISTORY
from vaguemestre.service.access.reading_for import note
from vaguemestre.service.sign_in.outcome import Reader


async def did(world: World, bal: Bal, person: Bal, *deeds: Deed) -> None:
    """One after the other, five minutes apart."""
    for deed in deeds:
        now = world.clock.now()
        by = Reader(person, frozenset(Right))
        await world.store.write(lambda tx: note(tx, bal.id, by, deed, now), "test")  # noqa: B023 (awaited)
        world.clock.pass_(minutes=5)


async def told(world: World, bal: Bal) -> list[EmailMessage]:
    rows = await world.rows(bal, ACCESS_HISTORY)
    messages = [
        message_from_bytes(await world.octets(row), EmailMessage, policy=policy.default) for row in rows
    ]
    return [message for message in messages if str(message["Subject"]).startswith("Accès de")]


async def test_a_visit_is_told_once_an_hour_after_it_went_quiet(world: World) -> None:
    doctor, secretary = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    await did(world, doctor, secretary, Deed.SIGN_IN, Deed.LOOK, Deed.OPEN, Deed.OPEN, Deed.SEND)
    world.clock.pass_(minutes=54)
    assert await world.visits.run_once(10) == 0
    world.clock.pass_(minutes=1)
    assert await world.visits.run_once(10) == 1
    assert await world.visits.run_once(10) == 0
    (message,) = await told(world, doctor)
    assert str(message["Subject"]).startswith(f"Accès de {OTHER_DOCTOR}, messages ouverts : 2 / Access by")
    text = message.get_content()
    for line in (
        "messages ouverts : 2",
        "messages opened: 2",
        "sign-ins: 1",
        "messages sent in your name: 1",
    ):
        assert line in text
    assert "deleted" not in text


async def test_a_program_that_looks_all_day_makes_one_message_a_day(world: World) -> None:
    doctor, secretary = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    for _ in range(3):
        for _ in range(24):
            await did(world, doctor, secretary, Deed.SIGN_IN)
            world.clock.pass_(minutes=50)
            await world.visits.run_once(10)
    world.clock.pass_(hours=2)
    await world.visits.run_once(10)
    messages = await told(world, doctor)
    assert len(messages) == 4  # from noon to the morning three days later
    counts = [int(m.get_content().partition("sign-ins: ")[2].split()[0]) for m in messages]
    assert sum(counts) == 72


async def test_two_readers_and_two_mailboxes_are_told_apart(world: World) -> None:
    doctor, secretary = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    colleague = await world.bal("lise@cabinet.mssante.fr")
    await did(world, doctor, secretary, Deed.OPEN)
    await did(world, doctor, colleague, Deed.LOOK)
    await did(world, colleague, secretary, Deed.DELETE)
    world.clock.pass_(hours=1)
    assert await world.visits.run_once(2) == 2
    assert await world.visits.run_once(2) == 1
    assert (len(await told(world, doctor)), len(await told(world, colleague))) == (2, 1)


async def test_who_comes_back_before_it_is_told_is_told_of_once_with_everything(world: World) -> None:
    doctor, secretary = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
    await did(world, doctor, secretary, Deed.OPEN)
    visit = await world.store.read(lambda tx: tx.grants.visit(doctor.id, secretary.id))
    assert visit is not None
    await did(world, doctor, secretary, Deed.OPEN)
    assert not await world.store.write(lambda tx: tx.grants.end_visit(visit), "test")
    world.clock.pass_(hours=1)
    await world.visits.run_once(10)
    (message,) = await told(world, doctor)
    assert "messages opened: 2" in message.get_content()


async def test_a_citizen_is_told_of_his_carer_without_a_whole_ins_and_without_a_word_of_what_was_read(
    world: World,
) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    carer = await world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
    await let(world, carer, citizen)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)
    await did(world, citizen, carer, Deed.OPEN)
    world.clock.pass_(hours=1)
    await world.visits.run_once(10)
    (message,) = await told(world, citizen)
    whole = message.as_string()
    assert carer.address.local not in whole
    assert SENTENCE not in whole
    assert DOCTOR not in whole
