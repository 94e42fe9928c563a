"""A conversation in which nobody writes is closed by itself, and both are told. domain.md §2."""

from datetime import timedelta

from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR
from tests.support.letters import a_letter
from tests.support.world import World

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.conversation import ClosedBy
from vaguemestre.service.conversations.inactivity import Inactivity

FIRST = "<1@cabinet.mssante.fr>"
MONTH = timedelta(days=30)


def _rule(world: World, after: timedelta | None = MONTH) -> Inactivity:
    return Inactivity(world.store, world.clock, after)


async def _people(world: World) -> tuple[Bal, Bal]:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    assert (await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN)).is_positive
    return doctor, citizen


async def _answer(world: World, citizen: Bal, name: str = "<2@x>") -> bool:
    answer = a_letter(citizen, DOCTOR, message_id=name, answers=FIRST)
    return (await world.send(citizen, answer, DOCTOR)).is_positive


async def test_a_quiet_conversation_closes_on_its_day_and_both_are_told(world: World) -> None:
    doctor, citizen = await _people(world)
    world.clock.pass_(days=29, hours=23)
    rule = _rule(world)
    await rule.run_once(100)
    assert len(await world.oversight.pairs(open_only=True)) == 1
    world.clock.pass_(hours=1)
    await rule.run_once(100)
    ((pair, _),) = await world.oversight.pairs()
    assert pair.closed_by is ClosedBy.INACTIVITY
    await world.closing_notices.run_once(100)
    assert len(await world.inbox(citizen)) == 2
    assert len(await world.inbox(doctor)) == 1
    assert not await _answer(world, citizen)
    entry = (await world.store.read(lambda tx: tx.journal.entries(citizen.id, "conversation_closed")))[0]
    assert (entry.actor, entry.detail["by"]) == ("rule:CONV-7", "inactivity")


async def test_every_message_of_either_side_gives_it_its_whole_time_again(world: World) -> None:
    doctor, citizen = await _people(world)
    rule = _rule(world)
    for number in range(4):
        world.clock.pass_(days=20)
        if number % 2:
            letter = a_letter(doctor, CITIZEN, message_id=f"<d{number}@x>", answers=FIRST)
            assert (await world.send(doctor, letter, CITIZEN)).is_positive
        else:
            assert await _answer(world, citizen, f"<c{number}@x>")
        await rule.run_once(100)
    assert len(await world.oversight.pairs(open_only=True)) == 1


async def test_opened_again_by_hand_it_is_not_closed_the_next_minute(world: World) -> None:
    _, citizen = await _people(world)
    rule = _rule(world)
    world.clock.pass_(days=31)
    await rule.run_once(100)
    ((pair, _),) = await world.oversight.pairs()
    await world.oversight.open(pair.conversation, "test")
    await rule.run_once(100)
    assert await _answer(world, citizen)


async def test_the_professional_who_writes_again_opens_it_again(world: World) -> None:
    doctor, citizen = await _people(world)
    world.clock.pass_(days=31)
    await _rule(world).run_once(100)
    again = a_letter(doctor, CITIZEN, message_id="<3@x>", answers=FIRST)
    assert (await world.send(doctor, again, CITIZEN)).is_positive
    assert await _answer(world, citizen)


async def test_it_is_off_unless_it_is_set(world: World) -> None:
    await _people(world)
    world.clock.pass_(days=4000)
    assert await _rule(world, None).run_once(100) == 0
    assert len(await world.oversight.pairs(open_only=True)) == 1


async def test_many_are_walked_in_bounded_steps_and_none_is_cut_in_two(world: World) -> None:
    doctor, citizen = await _people(world)
    await world.bal(OTHER_DOCTOR)
    for number in range(4):
        letter = a_letter(doctor, CITIZEN, cc=OTHER_DOCTOR, message_id=f"<m{number}@x>")
        await world.send(doctor, letter, CITIZEN)
    assert len(await world.oversight.pairs(open_only=True)) == 9
    world.clock.pass_(days=31)
    rule, steps = _rule(world), 0
    while await rule.run_once(4) == 4:
        steps += 1
        assert steps < 10
    await rule.run_once(4)
    assert await world.oversight.pairs(open_only=True) == []
    while await world.closing_notices.run_once(100):
        pass
    assert len(await world.inbox(citizen)) == 5 + 5  # one notice a conversation, not one a side


async def test_what_was_written_while_it_was_walked_keeps_it_open(world: World) -> None:
    _, citizen = await _people(world)
    rule = _rule(world)
    world.clock.pass_(days=31)
    assert await _answer(world, citizen)
    await rule.run_once(100)
    assert len(await world.oversight.pairs(open_only=True)) == 1
