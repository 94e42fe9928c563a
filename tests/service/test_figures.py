"""What happens is counted where it happens, and no label tells of a person."""

import pytest
from tests.support.builders import CITIZEN, DOCTOR, OTHER_CITIZEN
from tests.support.letters import a_letter
from tests.support.world import World

from vaguemestre.mail.bal import BalKind
from vaguemestre.service.health.figures import MOST_LABELS, OTHER, Spread, Tally
from vaguemestre.service.health.readings import QUEUE, QUEUE_AGE, STORE_UP, TRUST_AGE, Gauges, Readings
from vaguemestre.service.ports.directory import Directory
from vaguemestre.service.sign_in.outcome import Channel, SignInRefused


async def test_messages_are_counted_by_the_kind_of_their_sender_and_the_door(world: World) -> None:
    doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
    letter = a_letter(doctor, CITIZEN)
    await world.send(doctor, letter, CITIZEN)
    await world.send(doctor, letter, CITIZEN)  # the same again is not a message more
    await world.send(doctor, a_letter(doctor, CITIZEN, message_id="<2@cabinet.mssante.fr>"), CITIZEN)
    await world.send(citizen, a_letter(citizen, DOCTOR), DOCTOR)
    assert world.figures.accepted.read() == {("PER", "submission"): 2}
    assert world.figures.refusals.read() == {("CONV-4",): 1}


async def test_refusals_are_counted_by_their_rule(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    await world.bal(CITIZEN, BalKind.CITIZEN)
    await world.bal(OTHER_CITIZEN, BalKind.CITIZEN)
    await world.send(doctor, a_letter(doctor, CITIZEN), CITIZEN, OTHER_CITIZEN)
    assert world.figures.refusals.read() == {("ADR-6",): 1}


async def test_sign_ins_are_counted_by_their_door_and_what_was_wrong(world: World) -> None:
    await world.bal(DOCTOR, password="la bonne phrase")
    channel = Channel("imap", "192.0.2.7")
    with pytest.raises(SignInRefused):
        await world.authentication.sign_in(DOCTOR, "faux", channel)
    await world.authentication.sign_in(DOCTOR, "la bonne phrase", channel)
    assert world.figures.sign_in_failures.read() == {("imap", "credentials"): 1}
    assert world.figures.sign_ins.read() == {("imap",): 1}


async def test_writes_are_timed_until_they_are_durable(world: World) -> None:
    await world.bal(DOCTOR)
    before = sum(world.figures.writes.read().counts.values())
    assert before > 0
    await world.store.write(lambda tx: None, "test")
    assert sum(world.figures.writes.read().counts.values()) == before + 1


@pytest.mark.parametrize("label", ["claire@cabinet.mssante.fr", "191070000002243", "x" * 41, "", "é"])
def test_what_could_be_somebodys_is_no_label(label: str) -> None:
    tally = Tally()
    tally.add(label)
    tally.add(label)
    assert tally.read() == {(OTHER,): 2}


def test_words_beyond_the_bound_are_counted_together() -> None:
    tally = Tally()
    for number in range(MOST_LABELS + 50):
        tally.add(f"word {number}")
    assert len(tally.read()) == MOST_LABELS + 1
    assert tally.read()[OTHER,] == 50
    assert tally.total == MOST_LABELS + 50


def test_what_takes_as_long_as_a_bound_is_within_it() -> None:
    spread = Spread((1.0, 2.0))
    for seconds in (0.5, 1.0, 1.5, 9.0):
        spread.took(seconds)
    found = spread.read()
    assert list(found.counts.values()) == [2, 1, 1]
    assert found.total == 12.0


class _NoDirectory:
    async def state(self) -> None:
        return None


async def test_a_store_that_does_not_answer_is_a_number_too(world: World) -> None:
    directory: Directory = _NoDirectory()  # type: ignore[assignment] # all that is asked of it
    gauges = Gauges(world.store, directory, None, world.clock, lambda: {"imap": 3})
    found = {family.figure.name: family.values for family in await gauges.read()}
    assert (found[STORE_UP.name], found[QUEUE_AGE.name]) == ({(): 1.0}, {(): 0.0})
    assert found[QUEUE.name]["waiting",] == 0.0
    assert TRUST_AGE.name not in found
    await world.store.close()
    found = {family.figure.name: family.values for family in await gauges.read()}
    assert found[STORE_UP.name] == {(): 0.0}
    assert QUEUE.name not in found


async def test_however_many_ask_the_store_is_asked_once_in_a_while(world: World) -> None:
    directory: Directory = _NoDirectory()  # type: ignore[assignment] # all that is asked of it
    asked = 0

    def connections() -> dict[str, int]:
        nonlocal asked
        asked += 1
        return {}

    readings = Readings(world.figures, Gauges(world.store, directory, None, world.clock, connections))
    first = await readings.read()
    world.figures.refusals.add("ADR-6")
    second = await readings.read()
    assert asked == 1
    assert first != second  # what is counted is of this moment
