"""The master key changes under a running server, and no interruption loses a key."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.vault import OpenVault, ReadOctets, SealOctets

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.vault import KeyDay, SealedBody
from vaguemestre.vault.keys import MasterKeys, MasterMissingError, generate_master, load_master, write_master
from vaguemestre.vault.open import open_keystore, rotate_master
from vaguemestre.vault.vault import SealedVault
from vaguemestre.vault.wrapping import Wrapping, data_key_label

BALS = [BalId(number) for number in range(1, 31)]

ROTATE = """
import asyncio, itertools, os, signal, sys
from pathlib import Path
from vaguemestre.vault.keys import load_master
from vaguemestre.vault.open import open_vault, rotate_master

from vaguemestre.vault.wrapping import Wrapping

count, wrap = itertools.count(), Wrapping.wrap

def wrap_until_killed(*arguments):
    if next(count) == 5_000:  # half way, in the middle of a batch
        os.kill(os.getpid(), signal.SIGKILL)
    return wrap(*arguments)

Wrapping.wrap = wrap_until_killed

async def main(root: Path) -> None:
    path = root / "master.keys"
    keys = f"sqlite:///{root}/keys.db"
    vault = await open_vault(keys, load_master(path), root / "objects", root / "objects" / "spool")
    await rotate_master(vault, path)

asyncio.run(main(Path(sys.argv[1])))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "master.keys"
    write_master(path, generate_master())
    return path


@pytest.fixture
async def server(opened: OpenVault, path: Path) -> SealedVault:
    return await opened(keys=load_master(path))


async def bodies_of(vault: SealedVault, sealed: SealOctets) -> list[SealedBody]:
    return [await sealed(vault, b"lettre %d" % bal, bal) for bal in BALS]


async def all_open(vault: SealedVault, read: ReadOctets, bodies: list[SealedBody]) -> bool:
    return [await read(vault, body) for body in bodies] == [b"lettre %d" % bal for bal in BALS]


async def test_a_rotation_rewraps_everything_and_the_old_key_opens_nothing(
    opened: OpenVault, server: SealedVault, path: Path, sealed: SealOctets, read: ReadOctets
) -> None:
    bodies, old, digest = await bodies_of(server, sealed), load_master(path), server.digest_key
    assert await rotate_master(server, path) == len(BALS) + 1  # the digest secret too
    new = load_master(path)
    assert new.current != old.current
    assert new.old == ()
    after = await opened(keys=new)
    assert await all_open(after, read, bodies)
    assert after.digest_key == digest == server.digest_key
    with pytest.raises(MasterMissingError):
        await opened(keys=old)


async def test_a_running_server_follows_a_rotation_made_beside_it(
    opened: OpenVault, server: SealedVault, path: Path, sealed: SealOctets, read: ReadOctets
) -> None:
    bodies = await bodies_of(server, sealed)
    await rotate_master(await opened(keys=load_master(path)), path)
    assert await all_open(server, read, bodies)
    late = await sealed(server, b"apres", BalId(1_000))
    fresh = await opened(keys=load_master(path))
    assert await read(fresh, late) == b"apres"
    beside = await sealed(fresh, b"ailleurs", BalId(1_001))
    assert await read(server, beside) == b"ailleurs"


async def test_messages_keep_coming_while_keys_are_rewrapped(
    opened: OpenVault, server: SealedVault, path: Path, sealed: SealOctets, read: ReadOctets
) -> None:
    await bodies_of(server, sealed)
    command = await opened(keys=load_master(path))
    coming = [sealed(server, b"lettre %d" % bal, BalId(500 + bal)) for bal in BALS]
    _, *results = await asyncio.gather(rotate_master(command, path), *coming)
    assert await all_open(
        await opened(keys=load_master(path)), read, [body for body in results if isinstance(body, SealedBody)]
    )


async def test_a_server_whose_master_is_in_its_environment_waits_for_the_new_one(
    opened: OpenVault, path: Path, sealed: SealOctets
) -> None:
    keys = load_master(path)
    server = await opened(keys=MasterKeys(keys.current))  # no file to read again
    await rotate_master(await opened(keys=keys), path)
    with pytest.raises(MasterMissingError):
        await sealed(server, b"perdu", BalId(77))
    assert await server.days(BalId(77)) == frozenset()


async def test_two_rotations_at_once_do_not_write_over_each_other(
    opened: OpenVault, server: SealedVault, path: Path, sealed: SealOctets, read: ReadOctets
) -> None:
    bodies = await bodies_of(server, sealed)
    vaults = [await opened(keys=load_master(path)) for _ in range(3)]
    results = await asyncio.gather(*(rotate_master(vault, path) for vault in vaults), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["MasterKeyError", "MasterKeyError", "int"]
    assert await all_open(await opened(keys=load_master(path)), read, bodies)


async def test_a_rotation_stopped_at_each_step_goes_on_when_run_again(
    opened: OpenVault, server: SealedVault, path: Path, sealed: SealOctets, read: ReadOctets, tmp_path: Path
) -> None:
    bodies = await bodies_of(server, sealed)
    both = write_master(path, load_master(path).rotated())  # stopped once the file was written
    assert await all_open(await opened(keys=both), read, bodies)
    store = open_keystore(f"sqlite:///{tmp_path}/keys.db")
    store.set_master(both.current.id)  # stopped before the first key was rewrapped
    store.close()
    assert await all_open(await opened(keys=both), read, bodies)
    assert await rotate_master(await opened(keys=load_master(path)), path) == len(BALS) + 1
    assert load_master(path).all == (both.current,)
    assert await all_open(await opened(keys=load_master(path)), read, bodies)


async def test_a_rotation_killed_half_way_loses_nothing(
    opened: OpenVault, server: SealedVault, path: Path, sealed: SealOctets, read: ReadOctets, tmp_path: Path
) -> None:
    bodies, old = await bodies_of(server, sealed), load_master(path).current.id
    store = open_keystore(f"sqlite:///{tmp_path}/keys.db")
    wrapping = Wrapping(load_master(path))  # real keys by the thousand, without a message for each
    places = [(BalId(5_000 + number), KeyDay(1)) for number in range(10_000)]
    store.made(old, {place: wrapping.wrap(old, data_key_label(*place), os.urandom(32)) for place in places})
    await asyncio.to_thread(_killed_half_way, tmp_path)
    both = load_master(path)
    assert len(both.all) == 2
    left = len(store.under_other_masters(both.current.id, 100_000))
    assert 0 < left < 10_000
    store.close()
    again = await opened(keys=both)
    assert await all_open(again, read, bodies)
    await rotate_master(again, path)
    assert await all_open(await opened(keys=load_master(path)), read, bodies)


def _killed_half_way(root: Path) -> None:
    """Run a rotation in a process of its own, which a signal nobody can catch ends at its half."""
    child = subprocess.run([sys.executable, "-c", ROTATE, str(root)], check=False, timeout=60)
    assert child.returncode == -signal.SIGKILL
