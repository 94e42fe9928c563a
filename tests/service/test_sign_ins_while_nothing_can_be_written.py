"""A holder reads his letters while the store takes no write; whoever reads for another does not."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.builders import DOCTOR, OTHER_DOCTOR
from tests.support.readers import let
from tests.support.world import World, a_world

from vaguemestre.mail.access import Deed, Right
from vaguemestre.mail.bal import Bal
from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.service.sign_in.journal import SIGNED_IN
from vaguemestre.service.sign_in.outcome import Channel

PASSWORD = "un mot de passe assez long"
IMAP = Channel("imap", "192.0.2.7")


@contextmanager
def no_write(folder: Path) -> Iterator[None]:
    """Another process keeps the lock of the database."""
    other = sqlite3.connect(folder / "messages.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def details(world: World, bal: Bal, event: str) -> list[dict[str, str]]:
    entries = await world.store.read(lambda tx: tx.journal.entries(bal.id, event))
    return [dict(entry.detail) for entry in entries]


async def test_a_holder_is_let_in_and_his_sign_ins_are_told_when_they_can_be(tmp_path: Path) -> None:
    async with a_world(tmp_path, busy_timeout=0.05) as world:
        doctor = await world.bal(DOCTOR, password=PASSWORD)
        journal = world.authentication.journal
        with no_write(tmp_path):
            for _ in range(3):
                assert (await world.authentication.sign_in(DOCTOR, PASSWORD, IMAP)).bal.id == doctor.id
            world.clock.pass_(hours=1)
            with pytest.raises(StoreBusyError):
                await journal.run_once(100)
        assert await details(world, doctor, SIGNED_IN) == []
        assert await journal.run_once(100) == 1
        (told,) = await details(world, doctor, SIGNED_IN)
        assert (told["door"], told["times"]) == ("imap", "3")
        await world.authentication.sign_in(DOCTOR, PASSWORD, IMAP)  # and the next is noted as ever
        assert len(await details(world, doctor, SIGNED_IN)) == 2
        assert await world.store.read(lambda tx: tx.presences.of(doctor.id)) is not None


async def test_who_reads_for_another_waits_until_it_can_be_recorded(tmp_path: Path) -> None:
    async with a_world(tmp_path, busy_timeout=0.05) as world:
        doctor = await world.bal(DOCTOR)
        secretary = await world.bal(OTHER_DOCTOR, password=PASSWORD)
        await let(world, secretary, doctor, Right.READ)
        name = f"{DOCTOR}*{OTHER_DOCTOR}"
        with no_write(tmp_path), pytest.raises(StoreBusyError):
            await world.authentication.sign_in(name, PASSWORD, IMAP)
        assert await details(world, doctor, Deed.SIGN_IN) == []
        await world.authentication.sign_in(name, PASSWORD, IMAP)
        assert len(await details(world, doctor, Deed.SIGN_IN)) == 1
