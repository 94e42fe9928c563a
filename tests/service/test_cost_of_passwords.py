"""What trying one password costs, as every installation has it. RFC 9106 §4, RFC 7677 §4."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.builders import DOCTOR
from tests.support.world import World, a_world

from vaguemestre.sasl.scram import derive
from vaguemestre.service.sign_in.hashing import RECOMMENDED
from vaguemestre.service.sign_in.outcome import Channel, SignInRefused

PASSWORD = "un mot de passe assez long"
CHANNEL = Channel("imap", "192.0.2.7")
NOBODY = "nobody@cabinet.mssante.fr"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """One where nobody asked for less."""
    async with a_world(tmp_path, hashing=RECOMMENDED) as world:
        yield world


async def test_a_password_is_kept_at_the_recommended_cost(world: World) -> None:
    new = await world.authentication.passwords.chosen(PASSWORD, None)
    assert new.kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert new.scram is not None
    assert new.scram.iterations == 60_000
    assert derive(PASSWORD, new.scram.salt, 60_000) == new.scram


async def test_it_signs_in_and_another_does_not(world: World) -> None:
    doctor = await world.bal(DOCTOR, password=PASSWORD)
    assert (await world.authentication.sign_in(DOCTOR, PASSWORD, CHANNEL)).bal.id == doctor.id
    for name in (DOCTOR, NOBODY):
        with pytest.raises(SignInRefused):
            await world.authentication.sign_in(name, "un autre", CHANNEL)


async def test_an_unknown_address_shows_the_iterations_of_a_known_one(world: World) -> None:
    await world.bal(DOCTOR, password=PASSWORD)
    for name in (DOCTOR, NOBODY):
        first = await world.authentication.begin("SCRAM-SHA-256", CHANNEL).step(f"n,,n={name},r=x".encode())
        assert isinstance(first, bytes)
        assert first.endswith(b",i=60000")
