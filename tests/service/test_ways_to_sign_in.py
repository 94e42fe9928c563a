"""Mechanisms, devices' passwords, and guessing made slow, on the real store. domain.md §5."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from scramp import ScramClient
from tests.support.builders import DOCTOR
from tests.support.world import World, a_world

from vaguemestre.mail.address import parse_address
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.accounts.keeping import AccountRefused
from vaguemestre.service.sign_in.guessing import FROM_A_CLINIC, LONGEST_WAIT, MISTYPED, POSTPONED_FROM
from vaguemestre.service.sign_in.outcome import (
    Channel,
    MechanismNotOffered,
    SignedIn,
    SignInRefused,
    TooManyFailures,
)

ADDRESS = parse_address(DOCTOR)
PASSWORD = "un mot de passe assez long"
END_POINT = b"e" * 32
CLEAR = Channel("imap", "192.0.2.7")
TLS = Channel("smtp", "192.0.2.7", END_POINT)


async def scram(world: World, password: str, name: str = "SCRAM-SHA-256", user: str = DOCTOR) -> SignedIn:
    """Sign in with the client of another hand, which checks our proof."""
    exchange = world.authentication.begin(name, TLS if name.endswith("PLUS") else CLEAR)
    binding = ("tls-server-end-point", END_POINT) if name.endswith("PLUS") else None
    client = ScramClient([name], user, password, binding)
    first = await exchange.step(client.get_client_first().encode())
    assert isinstance(first, bytes)
    client.set_server_first(first.decode())
    final = await exchange.step(client.get_client_final().encode())
    assert isinstance(final, bytes)
    client.set_server_final(final.decode())
    signed_in = await exchange.step(b"")
    assert isinstance(signed_in, SignedIn)
    return signed_in


def by_password(world: World, password: str, channel: Channel = CLEAR) -> Awaitable[SignedIn]:
    return world.authentication.sign_in(DOCTOR, password, channel)


def test_channel_binding_is_offered_where_there_is_a_channel(world: World) -> None:
    assert "SCRAM-SHA-256-PLUS" not in world.authentication.mechanisms(CLEAR)
    assert world.authentication.mechanisms(TLS)[0] == "SCRAM-SHA-256-PLUS"
    with pytest.raises(MechanismNotOffered):
        world.authentication.begin("SCRAM-SHA-256-PLUS", CLEAR)
    with pytest.raises(MechanismNotOffered):
        world.authentication.begin("GSSAPI", TLS)


@pytest.mark.parametrize("name", ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"])
async def test_scram_signs_in_and_proves_us_to_the_client(world: World, name: str) -> None:
    doctor = await world.bal(DOCTOR, password=PASSWORD)
    assert (await scram(world, PASSWORD, name)).bal.id == doctor.id
    with pytest.raises(SignInRefused):
        await scram(world, "un autre", name)


async def test_scram_says_the_same_of_an_unknown_address_each_time(world: World) -> None:
    firsts = set()
    for _ in range(2):
        exchange = world.authentication.begin("SCRAM-SHA-256", CLEAR)
        first = await exchange.step(b"n,,n=nobody@cabinet.mssante.fr,r=x")
        assert isinstance(first, bytes)
        firsts.add(first.split(b",", 1)[1])
    assert len(firsts) == 1
    with pytest.raises(SignInRefused):
        await scram(world, PASSWORD, user="nobody@cabinet.mssante.fr")


async def test_a_password_changed_in_the_middle_of_the_exchange_does_not_sign_in(world: World) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    exchange = world.authentication.begin("SCRAM-SHA-256", CLEAR)
    client = ScramClient(["SCRAM-SHA-256"], DOCTOR, PASSWORD)
    first = await exchange.step(client.get_client_first().encode())
    assert isinstance(first, bytes)
    client.set_server_first(first.decode())
    await world.accounts.set_password(ADDRESS, "un autre", "test")
    with pytest.raises(SignInRefused):
        await exchange.step(client.get_client_final().encode())


async def test_a_device_has_a_password_of_its_own_by_any_mechanism_until_it_is_removed(world: World) -> None:
    doctor = await world.bal(DOCTOR, password=PASSWORD)
    phone = await world.devices.add(ADDRESS, "phone", "test")
    desk = await world.devices.add(ADDRESS, "desk", "test")
    assert phone != desk
    for password in (PASSWORD, phone, desk, phone.lower().replace("-", " ")):
        assert (await by_password(world, password)).bal.id == doctor.id
    for password in (PASSWORD, phone, desk):
        assert (await scram(world, password)).bal.id == doctor.id
    await world.devices.remove(ADDRESS, "phone", "test")
    for way in (by_password, scram):
        with pytest.raises(SignInRefused):
            await way(world, phone)
    assert (await by_password(world, desk)).bal.id == doctor.id


async def test_a_closed_account_gets_no_device_and_loses_what_it_has_without_a_word(world: World) -> None:
    doctor = await world.bal(DOCTOR, password=PASSWORD)
    await world.devices.add(ADDRESS, "phone", "test")
    await world.change(doctor, ProfileAct.CLOSE)
    before = len(await world.inbox(doctor))
    with pytest.raises(AccountRefused, match="closed"):
        await world.devices.add(ADDRESS, "desk", "test")
    await world.devices.remove(ADDRESS, "phone", "test")
    assert await world.devices.of(ADDRESS) == []
    assert len(await world.inbox(doctor)) == before


async def test_a_device_tells_when_it_was_used_last(world: World) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    phone = await world.devices.add(ADDRESS, "phone", "test")
    (device,) = await world.devices.of(ADDRESS)
    assert device.last_used_at is None
    await by_password(world, phone)
    (device,) = await world.devices.of(ADDRESS)
    assert device.last_used_at == world.clock.now()


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\nb"])
async def test_a_device_has_a_name_that_can_be_read(world: World, name: str) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    with pytest.raises(AccountRefused, match="printable"):
        await world.devices.add(ADDRESS, name, "test")


async def test_devices_are_told_apart_and_not_too_many(world: World) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    for number in range(20):
        await world.devices.add(ADDRESS, f"device {number}", "test")
    with pytest.raises(AccountRefused, match="20 devices"):
        await world.devices.add(ADDRESS, "one more", "test")
    await world.devices.remove(ADDRESS, "device 7", "test")
    with pytest.raises(AccountRefused, match="already"):
        await world.devices.add(ADDRESS, "device 8", "test")
    with pytest.raises(AccountRefused, match="no device named"):
        await world.devices.remove(ADDRESS, "device 7", "test")


# Guessing


async def guess(world: World, count: int, way: Callable[..., Awaitable[SignedIn]] = by_password) -> None:
    for number in range(count):
        with pytest.raises(SignInRefused):
            await way(world, f"faux {number}")


async def test_mistyping_costs_nothing_and_guessing_ever_more(world: World) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    await guess(world, MISTYPED)
    assert world.clock.waits == []
    await guess(world, 12)
    waits = world.clock.waits
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT


async def test_guessing_by_scram_costs_as_much(world: World) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    await guess(world, MISTYPED + 2, scram)
    assert world.clock.waits


async def test_nobody_is_locked_out_by_the_guesses_of_others(world: World) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    for number in range(POSTPONED_FROM):
        with pytest.raises(SignInRefused):
            await by_password(world, f"faux {number}", Channel("imap", f"198.51.100.{number}"))
    world.clock.waits.clear()
    assert await by_password(world, PASSWORD)
    assert world.clock.waits == [LONGEST_WAIT]
    world.clock.waits.clear()
    assert await by_password(world, PASSWORD)
    assert world.clock.waits == []


async def test_a_network_that_only_guesses_is_told_to_come_back_later(world: World) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    peers = [Channel("smtp", f"2001:db8:1:2::{number:x}") for number in range(1, 9)]
    for number in range(POSTPONED_FROM):
        name = f"nobody{number}@cabinet.mssante.fr"
        with pytest.raises(SignInRefused):
            await world.authentication.sign_in(name, "faux", peers[number % 8])
    with pytest.raises(TooManyFailures) as raised:
        await by_password(world, PASSWORD, peers[0])
    assert 1 <= raised.value.minutes <= 60
    assert await by_password(world, PASSWORD, Channel("smtp", "2001:db8:1:3::1"))
    world.clock.pass_(hours=1)
    assert await by_password(world, PASSWORD, peers[0])


async def test_a_restart_forgives_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        await world.bal(DOCTOR, password=PASSWORD)
        await guess(world, MISTYPED + 4)
    async with a_world(tmp_path) as world:
        await guess(world, 1)
        assert world.clock.waits[0] > 1


async def test_failures_are_forgotten_with_time(world: World) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    await guess(world, MISTYPED + 6)
    world.clock.pass_(hours=2)
    world.clock.waits.clear()
    await guess(world, 1)
    assert world.clock.waits == []


async def test_a_clinic_behind_one_address_is_not_slowed_by_a_few_who_mistype(world: World) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    for number in range(FROM_A_CLINIC):
        with pytest.raises(SignInRefused):
            await world.authentication.sign_in(f"nurse{number}@cabinet.mssante.fr", "faux", CLEAR)
    assert await by_password(world, PASSWORD)
    assert world.clock.waits == []


async def test_phones_with_old_passwords_do_not_close_the_door_of_their_hospital(world: World) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    for _ in range(20):
        for number in range(POSTPONED_FROM // 2):
            with pytest.raises(SignInRefused):
                await world.authentication.sign_in(f"nurse{number}@cabinet.mssante.fr", "ancien", CLEAR)
        world.clock.pass_(minutes=1)
    assert await by_password(world, PASSWORD)


async def test_a_wrong_password_that_has_become_right_signs_in(world: World) -> None:
    doctor = await world.bal(DOCTOR, password=PASSWORD)
    with pytest.raises(SignInRefused):
        await by_password(world, "un autre")
    await world.accounts.set_password(doctor.address, "un autre", "test")
    assert await by_password(world, "un autre")


async def test_guessing_one_account_from_one_network_ends_too(world: World) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    with pytest.raises(TooManyFailures):
        await guess(world, POSTPONED_FROM * 5 + 5)
