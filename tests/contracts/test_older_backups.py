"""An older backup of the messages, restored beside the keys of today, opens nothing that has expired.

On PostgreSQL as on SQLite. domain.md §3: expiry destroys the key, so backups forget too.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.builders import CITIZEN, DOCTOR
from tests.support.letters import a_letter
from tests.support.migrated import a_migrated_file
from tests.support.postgresql import a_database, name_of
from tests.support.world import World, a_world

from vaguemestre.mail.bal import Bal, BalKind
from vaguemestre.mail.mailbox import BodyId
from vaguemestre.service.ports.vault import KeyDestroyedError

TEXTS = ("une ligne", "une ligne\n" * 20_000)  # in the database; an object beside it


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Of the messages and of the keys."""
    if request.param == "sqlite":
        return a_migrated_file(tmp_path / "messages.db"), f"sqlite:///{tmp_path / 'keys.db'}"
    server: str = request.getfixturevalue("postgresql")
    return a_database(server, request.getfixturevalue("migrated_database")), a_database(server)


def backed_up(request: pytest.FixtureRequest, url: str, folder: Path) -> str:
    """A copy of the database of messages, while nobody has it open, and of the objects beside it."""
    shutil.copytree(folder / "objects", folder / "restored" / "objects")
    shutil.copy(folder / "master.key", folder / "restored" / "master.key")
    if not url.startswith("sqlite"):
        return a_database(request.getfixturevalue("postgresql"), name_of(url))
    copy = folder / "restored" / "messages.db"
    with closing(sqlite3.connect(folder / "messages.db")) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return f"sqlite:///{copy}"


async def receives_both(world: World, doctor: Bal, citizen: Bal) -> list[BodyId]:
    """A small letter and a large one, today."""
    before = len(await world.inbox(citizen))
    for text in TEXTS:
        assert (await world.send(doctor, a_letter(doctor, CITIZEN, text=text), CITIZEN)).is_positive
    return [row.body for row in (await world.inbox(citizen))[before:]]


async def test_a_restored_backup_opens_what_is_kept_and_nothing_that_has_expired(
    request: pytest.FixtureRequest, databases: tuple[str, str], tmp_path: Path
) -> None:
    async with a_world(tmp_path, databases=databases) as world:
        doctor, citizen = await world.bal(DOCTOR), await world.bal(CITIZEN, BalKind.CITIZEN)
        early = await receives_both(world, doctor, citizen)
        world.clock.pass_(days=60)
        late = await receives_both(world, doctor, citizen)
        now = world.clock.moment
    (tmp_path / "restored").mkdir()
    copy = backed_up(request, databases[0], tmp_path)
    async with a_world(tmp_path, databases=databases) as world:
        world.clock.moment = now
        world.clock.pass_(days=31)
        gone = await world.expiry.step(100)
        assert (gone.messages, gone.keys) == (2, 1)
    async with a_world(tmp_path / "restored", databases=(copy, databases[1])) as world:
        for name in early + late:
            body = await world.store.read(lambda tx: tx.messages.body(name))  # noqa: B023 (run before the loop goes on)
            assert body is not None
            if name in late:
                assert b"une ligne" in await world.vault.open_whole(body)
                continue
            with pytest.raises(KeyDestroyedError):
                await world.vault.open_whole(body)
