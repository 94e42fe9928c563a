"""Accounts in which nobody signs in are warned, suspended, closed. domain.md §3 (CNIL AU-037)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.support.builders import CITIZEN, DOCTOR, NOON, OTHER_DOCTOR
from tests.support.world import World

from vaguemestre.mail.access import GrantKind, Right
from vaguemestre.mail.bal import Bal, BalKind, BalState
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.access.grants import AccessRequest
from vaguemestre.service.accounts.dormancy import Delays, Dormancy
from vaguemestre.service.ports.presence import Presence
from vaguemestre.service.sign_in.outcome import Channel, SignInRefused

PASSWORD = "un mot de passe assez long"
CHANNEL = Channel("imap", "192.0.2.7")
TODAY = NOON.date()


async def state_of(world: World, bal: Bal) -> BalState:
    return (await world.accounts.find(bal.address)).state


async def seen(world: World, bal: Bal) -> Presence | None:
    return await world.store.read(lambda tx: tx.presences.of(bal.id))


def a_dormancy(world: World, delays: Delays) -> Dormancy:
    return Dormancy(world.store, world.vault, world.clock, world.profiles, delays, "mail.test")


async def test_a_year_of_silence_closes_after_a_warning_that_had_its_time(world: World) -> None:
    doctor = await world.bal(DOCTOR, password=PASSWORD)
    world.clock.pass_(days=334)
    assert await world.dormancy.run_once(10) == 0
    world.clock.pass_(days=1)
    assert await world.dormancy.run_once(10) == 1
    assert await world.dormancy.run_once(10) == 0  # warned once
    (notice,) = await world.inbox(doctor)
    assert b"Unless you sign in before" in await world.octets(notice)
    ((bal, presence),) = await world.dormancy.quiet()
    assert (bal.id, world.dormancy.delays.ends(presence)) == (doctor.id, TODAY + timedelta(365))
    world.clock.pass_(days=29)
    assert await world.dormancy.run_once(10) == 0
    world.clock.pass_(days=1)
    assert await world.dormancy.run_once(10) == 1
    assert await state_of(world, doctor) is BalState.CLOSED
    with pytest.raises(SignInRefused):
        await world.authentication.sign_in(DOCTOR, PASSWORD, CHANNEL)
    (entry,) = await world.store.read(lambda tx: tx.journal.entries(doctor.id, "account_closed"))
    assert (entry.actor, entry.detail["asked_by"]) == ("rule:INA-3", "rule")


async def test_one_sign_in_is_enough_even_after_the_warning(world: World) -> None:
    doctor = await world.bal(DOCTOR, password=PASSWORD)
    world.clock.pass_(days=350)
    await world.dormancy.run_once(10)
    await world.authentication.sign_in(DOCTOR, PASSWORD, CHANNEL)
    assert await seen(world, doctor) == Presence(TODAY + timedelta(350))
    world.clock.pass_(days=334)
    assert await world.dormancy.run_once(10) == 0
    assert await state_of(world, doctor) is BalState.ACTIVE


async def test_a_server_that_was_down_for_years_begins_by_warning(world: World) -> None:
    doctor = await world.bal(DOCTOR)
    world.clock.pass_(days=2000)
    assert await world.dormancy.run_once(10) == 1
    assert await state_of(world, doctor) is BalState.ACTIVE
    world.clock.pass_(days=29)
    assert await world.dormancy.run_once(10) == 0
    world.clock.pass_(days=1)
    await world.dormancy.run_once(10)
    assert await state_of(world, doctor) is BalState.CLOSED


async def test_suspension_comes_between_where_it_is_set_and_who_is_resumed_has_his_time_again(
    world: World,
) -> None:
    doctor = await world.bal(DOCTOR)
    dormancy = a_dormancy(world, Delays(warn=10, suspend=20, close=30))
    for day, state in ((10, BalState.ACTIVE), (20, BalState.SUSPENDED)):
        world.clock.moment = NOON + timedelta(days=day)
        await dormancy.run_once(10)
        assert await state_of(world, doctor) is state
    await world.change(doctor, ProfileAct.RESUME)
    world.clock.pass_(days=9)
    assert await dormancy.run_once(10) == 0
    for days, state in ((1, BalState.ACTIVE), (10, BalState.SUSPENDED), (10, BalState.CLOSED)):
        world.clock.pass_(days=days)
        await dormancy.run_once(10)
        assert await state_of(world, doctor) is state


async def test_citizens_are_not_closed_by_silence_unless_they_are_named_and_nothing_without_warning(
    world: World,
) -> None:
    citizen = await world.bal(CITIZEN, BalKind.CITIZEN)
    world.clock.pass_(days=4000)
    assert await world.dormancy.run_once(10) == 0
    assert await a_dormancy(world, Delays(warn=0, suspend=1, close=2)).run_once(10) == 0
    named = replace(Delays(), kinds=frozenset({BalKind.CITIZEN}))
    assert await a_dormancy(world, named).run_once(10) == 1
    assert await state_of(world, citizen) is BalState.ACTIVE


async def test_a_service_lives_by_the_sign_ins_of_those_who_may_read_it(world: World) -> None:
    service = await world.bal(OTHER_DOCTOR, BalKind.ORG)
    secretary = await world.bal(DOCTOR, password=PASSWORD)
    rights = frozenset({Right.READ})
    request = AccessRequest(service.address, secretary.address, GrantKind.DELEGATE, rights)
    await world.accesses.grant(request, "test")
    world.clock.pass_(days=300)
    await world.authentication.sign_in(DOCTOR, PASSWORD, CHANNEL)
    world.clock.pass_(days=300)
    assert await world.dormancy.run_once(10) == 0
    assert await seen(world, service) == Presence(TODAY + timedelta(300))


async def test_the_day_is_noted_once_and_no_hour_is_kept(world: World) -> None:
    doctor = await world.bal(DOCTOR, password=PASSWORD)
    for hours in (1, 2, 30):
        world.clock.moment = NOON + timedelta(hours=hours)
        await world.authentication.sign_in(DOCTOR, PASSWORD, CHANNEL)
    presence = await seen(world, doctor)
    assert presence is not None
    assert type(presence.seen_on) is date
    assert presence.seen_on == TODAY + timedelta(1)
