"""How much an account may send: refused for now, with when to come back, whatever restarts."""

import asyncio
from dataclasses import replace
from pathlib import Path

from tests.support.builders import CITIZEN, DOCTOR, OTHER_DOCTOR, a_policy
from tests.support.letters import a_letter
from tests.support.world import World, a_world

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.reply import Reply
from vaguemestre.policy.limits import BOUNDLESS, Allowance, Policy
from vaguemestre.service.arriving.allowances import Allowances


def allowing(allowance: Allowance) -> Policy:
    """People may do that, programs anything."""
    return replace(a_policy(), allowances={BalKind.PER: allowance})


async def send(world: World, sender: Bal, number: int, *recipients: str) -> Reply:
    """One more message, told apart by its number."""
    recipients = recipients or (OTHER_DOCTOR,)
    letter = a_letter(sender, recipients[0], message_id=f"<{number}@cabinet.mssante.fr>")
    return await world.send(sender, letter, *recipients)


async def test_a_minute_is_full_and_later_it_is_not(tmp_path: Path) -> None:
    async with a_world(tmp_path, allowing(replace(BOUNDLESS, messages_a_minute=2))) as world:
        doctor, other = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
        for number in range(2):
            assert (await send(world, doctor, number)).is_positive
        refused = await send(world, doctor, 2)
        assert str(refused) == "451 4.7.1 Too many messages in a minute: 2 at most, try again in 60 seconds"
        assert (await send(world, other, 3, DOCTOR)).is_positive  # each account has its own
        world.clock.pass_(seconds=60)
        assert (await send(world, doctor, 2)).is_positive
        assert len(await world.inbox(other)) == 3


async def test_a_restart_gives_nobody_a_second_day(tmp_path: Path) -> None:
    policy = allowing(replace(BOUNDLESS, messages_a_day=3))
    async with a_world(tmp_path, policy) as world:
        doctor, _ = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
        assert (await send(world, doctor, 0)).is_positive
        world.clock.pass_(hours=5)
        moment = world.clock.moment
        assert (await send(world, doctor, 1)).is_positive
    async with a_world(tmp_path, policy) as world:
        world.clock.moment = moment
        assert (await send(world, doctor, 2)).is_positive
        refused = await send(world, doctor, 3)
        assert str(refused) == "451 4.7.1 Too many messages in 24 hours: 3 at most, try again in 19 hours"
        world.clock.pass_(hours=19)
        assert (await send(world, doctor, 3)).is_positive  # the first of them is a day old
        assert not (await send(world, doctor, 4)).is_positive


async def test_a_minute_too_is_known_after_a_restart(tmp_path: Path) -> None:
    policy = allowing(replace(BOUNDLESS, messages_a_minute=1))
    async with a_world(tmp_path, policy) as world:
        doctor, _ = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
        assert (await send(world, doctor, 0)).is_positive
    async with a_world(tmp_path, policy) as world:
        world.clock.pass_(seconds=1)
        assert not (await send(world, doctor, 1)).is_positive


async def test_recipients_of_a_day_are_counted_one_by_one(tmp_path: Path) -> None:
    policy = allowing(replace(BOUNDLESS, recipients_a_day=3))
    async with a_world(tmp_path, policy) as world:
        doctor, _ = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
        await world.bal(CITIZEN, BalKind.CITIZEN)
        assert (await send(world, doctor, 0, OTHER_DOCTOR, CITIZEN)).is_positive
    async with a_world(tmp_path, policy) as world:
        refused = await send(world, doctor, 1, OTHER_DOCTOR, CITIZEN)
        assert str(refused).startswith("451 4.7.1 Too many recipients in 24 hours: 3 at most, try again in ")
        assert (await send(world, doctor, 1, OTHER_DOCTOR)).is_positive


async def test_recipients_of_a_message_are_as_few_as_the_kind_may_have(tmp_path: Path) -> None:
    async with a_world(tmp_path, allowing(replace(BOUNDLESS, recipients=1))) as world:
        doctor, _ = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
        await world.bal(CITIZEN, BalKind.CITIZEN)
        refused = await send(world, doctor, 0, OTHER_DOCTOR, CITIZEN)
        assert str(refused) == "452 4.5.3 [MSS-LIM-2] Too many recipients: 1 a message at most"


async def test_messages_begun_together_are_counted_when_they_are_submitted(tmp_path: Path) -> None:
    async with a_world(tmp_path, allowing(replace(BOUNDLESS, messages_a_minute=3))) as world:
        doctor, other = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
        replies = await asyncio.gather(*(send(world, doctor, number) for number in range(10)))
        assert sum(reply.is_positive for reply in replies) == 3
        assert {reply.status for reply in replies} == {"2.0.0", "4.7.1"}
        assert len(await world.inbox(other)) == 3


async def test_what_is_refused_or_repeated_does_not_count(tmp_path: Path) -> None:
    async with a_world(tmp_path, allowing(replace(BOUNDLESS, messages_a_minute=2))) as world:
        doctor, other = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
        for _ in range(4):
            assert (await send(world, doctor, 0)).is_positive
        not_hers = a_letter(other, OTHER_DOCTOR, message_id="<9@cabinet.mssante.fr>")
        assert not (await world.send(doctor, not_hers, OTHER_DOCTOR)).is_positive
        assert (await send(world, doctor, 1)).is_positive
        assert not (await send(world, doctor, 2)).is_positive


async def test_what_other_processes_accept_counts_within_seconds(tmp_path: Path) -> None:
    policy = allowing(replace(BOUNDLESS, messages_a_minute=3, messages_a_day=5))
    async with a_world(tmp_path, policy) as world, a_world(tmp_path, policy) as beside:
        doctor, _ = await world.bal(DOCTOR), await world.bal(OTHER_DOCTOR)
        mine = Allowances(world.store, world.clock, policy, several=True)
        assert await mine.refusal(doctor) is None  # its counts are read, and nothing was sent
        for number in range(3):
            assert (await send(beside, doctor, number)).is_positive
        world.clock.pass_(seconds=10)
        refused = await mine.refusal(doctor)
        assert refused is not None
        assert "messages in a minute: 3 at most, try again in 50 seconds" in str(refused)
        world.clock.pass_(seconds=50)
        assert await mine.refusal(doctor) is None
        beside.clock.pass_(seconds=60)
        for number in range(3, 5):
            assert (await send(beside, doctor, number)).is_positive
        world.clock.pass_(seconds=70)
        refused = await mine.refusal(doctor)
        assert refused is not None
        assert "messages in 24 hours: 5 at most" in str(refused)
