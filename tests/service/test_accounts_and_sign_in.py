"""Accounts and sign-in. domain.md §1, §2; RFC 9106 §4 for the hash."""

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.world import World

from vaguemestre.mail.address import parse_address
from vaguemestre.mail.bal import BalKind
from vaguemestre.policy.profiles import ProfileAct
from vaguemestre.service.accounts.keeping import AccountRefused, AccountRequest, AccountUnknown
from vaguemestre.service.sign_in.outcome import Channel, SignInRefused

CHANNEL = Channel("imap", "192.0.2.7")
PASSWORD = "un mot de passe assez long"


async def test_the_right_password_signs_in_whatever_the_case_of_the_address(world: World) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    signed_in = await world.authentication.sign_in(DOCTOR.upper(), PASSWORD, CHANNEL)
    assert str(signed_in.bal.address) == DOCTOR


@pytest.mark.parametrize(
    ("address", "password"), [(DOCTOR, "faux"), ("nobody@cabinet.mssante.fr", PASSWORD), ("", "")]
)
async def test_anything_else_is_refused_with_one_and_the_same_sentence(
    world: World, address: str, password: str
) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    with pytest.raises(SignInRefused, match="The address or the password is wrong"):
        await world.authentication.sign_in(address, password, CHANNEL)


async def test_a_changed_password_is_wrong_at_once_though_sign_ins_are_remembered(world: World) -> None:
    doctor = await world.bal(DOCTOR, password=PASSWORD)
    await world.authentication.sign_in(DOCTOR, PASSWORD, CHANNEL)
    await world.accounts.set_password(doctor.address, "un autre", "test")
    with pytest.raises(SignInRefused):
        await world.authentication.sign_in(DOCTOR, PASSWORD, CHANNEL)
    await world.authentication.sign_in(DOCTOR, "un autre", CHANNEL)


async def test_a_suspended_account_does_not_sign_in_until_it_is_resumed(world: World) -> None:
    doctor = await world.bal(DOCTOR, password=PASSWORD)
    await world.change(doctor, ProfileAct.SUSPEND)
    with pytest.raises(SignInRefused):
        await world.authentication.sign_in(DOCTOR, PASSWORD, CHANNEL)
    await world.change(doctor, ProfileAct.RESUME)
    await world.authentication.sign_in(DOCTOR, PASSWORD, CHANNEL)


@pytest.mark.parametrize(
    ("address", "kind", "rpps", "said"),
    [
        ("a@elsewhere.fr", BalKind.PER, None, "is not one for PER accounts"),
        (DOCTOR, BalKind.CITIZEN, None, "is not one for CITIZEN accounts"),
        ("someone@patient.mssante.fr", BalKind.CITIZEN, None, "begins with his INS"),
        ("191070000002271@patient.mssante.fr", BalKind.CITIZEN, None, "its number asks for 43"),
        (DOCTOR, BalKind.PER, "10101010104", "wrong check digit"),
        (DOCTOR, BalKind.PER, "123", "has 11 digits"),
    ],
)
async def test_an_account_that_cannot_be_is_refused_with_the_mend(
    world: World, address: str, kind: BalKind, rpps: str | None, said: str
) -> None:
    with pytest.raises(AccountRefused, match=said):
        await world.accounts.add(AccountRequest(parse_address(address), kind, rpps=rpps), "test")


async def test_an_address_is_taken_once(world: World) -> None:
    await world.bal(CITIZEN, BalKind.CITIZEN)
    with pytest.raises(AccountRefused, match="taken"):
        await world.bal(CITIZEN, BalKind.CITIZEN)
    with pytest.raises(AccountUnknown):
        await world.accounts.find(parse_address("nobody@cabinet.mssante.fr"))
