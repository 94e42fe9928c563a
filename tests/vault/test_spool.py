"""The spool: bounded memory, nothing in clear, nothing left behind."""

import asyncio
import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.full_disk import no_file_longer_than
from tests.support.vault import CLAIRE, NOW, PAUL, ReadOctets

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.vault import SealBrokenError
from vaguemestre.vault.bodies import object_path
from vaguemestre.vault.spool import sweep_spool
from vaguemestre.vault.vault import SealedVault

CHUNK = 65_536
SENTENCE = "Le patient présente une douleur thoracique. ".encode()

SPOOLING = """
import asyncio, sys
from pathlib import Path
from vaguemestre.vault.keys import generate_master
from vaguemestre.vault.open import open_vault

async def main(root: Path) -> None:
    keys, objects = f"sqlite:///{root}/keys.db", root / "objects"
    vault = await open_vault(keys, generate_master(), objects, objects / "spool")
    spool = vault.spool()
    spool.feed(bytes(1_000_000))
    print("spooling", flush=True)
    sys.stdin.read()

asyncio.run(main(Path(sys.argv[1])))
"""


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def objects(root: Path) -> list[Path]:
    return [path for path in files(root / "objects") if "spool" not in path.parts]


def spooled(root: Path) -> list[Path]:
    return [path for path in files(root / "objects" / "spool") if path.suffix != ".lock"]


async def test_few_octets_stay_in_memory_and_many_do_not(vault: SealedVault, tmp_path: Path) -> None:
    spool = vault.spool()
    spool.feed(b"x" * CHUNK)
    assert spool.octets() == b"x" * CHUNK
    assert spooled(tmp_path) == []
    spool.feed(b"y")
    assert spool.size == CHUNK + 1
    with pytest.raises(ValueError, match="not in memory"):
        spool.octets()
    assert len(spooled(tmp_path)) == 1
    spool.discard()
    spool.discard()
    assert spooled(tmp_path) == []


async def test_nothing_is_in_clear_in_any_file_while_it_arrives_nor_after(
    vault: SealedVault, tmp_path: Path
) -> None:
    large, small = vault.spool(), vault.spool()
    small.feed(SENTENCE)
    for _ in range(40):
        large.feed(SENTENCE * 100)
    assert len(spooled(tmp_path)) == 1
    assert in_clear(tmp_path) == []
    bodies = [
        await vault.seal(bal, spool, b"card: " + SENTENCE, NOW)
        for spool in (large, small)
        for bal in (CLAIRE, PAUL)
    ]
    assert in_clear(tmp_path) == []
    for body in bodies:
        kept = [body.octets or b"", body.card, body.wrapped_key or b"", (body.location or "").encode()]
        assert not any(SENTENCE[:16] in octets for octets in kept)
        assert [piece async for piece in vault.open_octets(body)]
    large.discard()
    small.discard()
    assert in_clear(tmp_path) == []
    assert len(objects(tmp_path)) == 2


def in_clear(root: Path) -> list[Path]:
    found = files(root)
    assert found
    return [path for path in found if SENTENCE[:16] in path.read_bytes()]


async def test_only_the_owner_reads_what_the_vault_writes(vault: SealedVault, tmp_path: Path) -> None:
    spool = vault.spool()
    spool.feed(os.urandom(3 * CHUNK))
    await vault.seal(CLAIRE, spool, b"card", NOW)
    assert [path for path in files(tmp_path) if path.stat().st_mode & 0o077] == []
    spool.discard()


async def test_the_first_recipient_keeps_the_spool_file_itself(vault: SealedVault, tmp_path: Path) -> None:
    spool = vault.spool()
    spool.feed(os.urandom(2 * CHUNK))
    inode = spooled(tmp_path)[0].stat().st_ino
    body = await vault.seal(CLAIRE, spool, b"card", NOW)
    assert body.location is not None
    assert (tmp_path / "objects" / object_path(body.location)).stat().st_ino == inode
    other = await vault.seal(PAUL, spool, b"card", NOW)
    assert other.location is not None
    assert (tmp_path / "objects" / object_path(other.location)).stat().st_ino != inode
    spool.discard()
    assert spooled(tmp_path) == []


async def test_a_spool_can_still_be_sealed_for_a_second_when_the_first_was_discarded(
    vault: SealedVault, read: ReadOctets
) -> None:
    octets = os.urandom(5 * CHUNK)
    spool = vault.spool()
    spool.feed(octets)
    await vault.discard([await vault.seal(CLAIRE, spool, b"card", NOW)])
    assert await read(vault, await vault.seal(PAUL, spool, b"card", NOW)) == octets
    spool.discard()


async def test_many_recipients_at_once_each_get_their_own(vault: SealedVault, read: ReadOctets) -> None:
    octets = os.urandom(5 * CHUNK)
    spool = vault.spool()
    spool.feed(octets)
    bodies = await asyncio.gather(*(vault.seal(BalId(n), spool, b"card", NOW) for n in range(8)))
    spool.discard()
    assert len({body.location for body in bodies}) == 8
    assert [await read(vault, body) for body in bodies] == [octets] * 8


async def test_a_seal_given_up_half_way_leaves_no_object(vault: SealedVault, tmp_path: Path) -> None:
    small, large = vault.spool(), vault.spool()
    large.feed(os.urandom(50 * CHUNK))
    for bal in (CLAIRE, PAUL):
        await vault.seal(
            bal, small, b"card", NOW
        )  # the day's keys are there: sealing goes to the disk at once
    sealing = [asyncio.ensure_future(vault.seal(bal, large, b"card", NOW)) for bal in (CLAIRE, PAUL)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for task in sealing:
        task.cancel()
    assert {type(result) for result in await asyncio.gather(*sealing, return_exceptions=True)} == {
        asyncio.CancelledError
    }
    large.discard()
    await vault.close()
    await vault.close()
    assert files(tmp_path / "objects") == []


async def test_a_changed_moved_or_cut_object_is_broken(vault: SealedVault, tmp_path: Path) -> None:
    spool = vault.spool()
    spool.feed(os.urandom(3 * CHUNK))
    body = await vault.seal(CLAIRE, spool, b"card", NOW)
    spool.discard()
    path = objects(tmp_path)[0]
    whole = path.read_bytes()
    sealed = CHUNK + 16
    swapped = whole[sealed : 2 * sealed] + whole[:sealed] + whole[2 * sealed :]
    damaged = [whole[:-1], whole[: 2 * sealed], b"", swapped, whole[:sealed] * 3]
    damaged += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), 9_973)]
    for octets in damaged:
        path.write_bytes(octets)
        with pytest.raises(SealBrokenError):
            [piece async for piece in vault.open_octets(body)]
    path.unlink()
    with pytest.raises(SealBrokenError, match="missing"):
        await anext(vault.open_octets(body))


async def test_a_full_disk_is_an_os_error_and_leaves_nothing(
    vault: SealedVault, tmp_path: Path, read: ReadOctets
) -> None:
    spool = vault.spool()
    full = pytest.raises(OSError, match=os.strerror(errno.EFBIG))
    with no_file_longer_than(2 * CHUNK):
        with full:
            for _ in range(10):  # a thread writes beside: it is told with what comes next
                spool.feed(os.urandom(10 * CHUNK))
        with full:
            spool.feed(b"x")
    with full:
        await vault.seal(CLAIRE, spool, b"card", NOW)
    with full:
        next(spool.pieces(0, 1))
    spool.discard()
    assert spooled(tmp_path) == []


async def test_a_full_disk_met_by_the_last_octets_is_told_when_they_are_sealed(
    vault: SealedVault, tmp_path: Path
) -> None:
    spool = vault.spool()
    with no_file_longer_than(2 * CHUNK):
        spool.feed(os.urandom(4 * CHUNK))
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            await vault.seal(CLAIRE, spool, b"card", NOW)
    spool.discard()
    assert files(tmp_path / "objects" / "spool") == [*(tmp_path / "objects" / "spool").glob("*.lock")]


async def test_whoever_feeds_faster_than_the_disk_writes_does_the_work_himself(
    vault: SealedVault, read: ReadOctets
) -> None:
    octets = os.urandom(40 * CHUNK + 1)
    spools = [vault.spool() for _ in range(4)]
    for at in range(0, len(octets), CHUNK):  # without ever giving the thread its turn
        for spool in spools:
            spool.feed(octets[at : at + CHUNK])
    bodies = [await vault.seal(CLAIRE, spool, b"card", NOW) for spool in spools]
    for spool in spools:
        spool.discard()
    assert all([await read(vault, body) == octets for body in bodies])


async def test_a_disk_that_fills_while_copying_loses_nobody_elses_octets(
    vault: SealedVault, tmp_path: Path, read: ReadOctets
) -> None:
    octets = os.urandom(5 * CHUNK)
    spool = vault.spool()
    spool.feed(octets)
    first = await vault.seal(CLAIRE, spool, b"card", NOW)
    with no_file_longer_than(2 * CHUNK), pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
        await vault.seal(PAUL, spool, b"card", NOW)
    second = await vault.seal(PAUL, spool, b"card", NOW)
    spool.discard()
    assert [await read(vault, body) for body in (first, second)] == [octets, octets]
    assert len(objects(tmp_path)) == 2


def _spooling(root: Path) -> "subprocess.Popen[bytes]":
    child = subprocess.Popen(
        [sys.executable, "-c", SPOOLING, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"spooling\n"
    return child


def test_what_a_killed_process_left_is_swept_and_what_a_live_one_holds_is_not(tmp_path: Path) -> None:
    root = tmp_path / "objects" / "spool"
    child = _spooling(tmp_path)
    try:
        assert len(spooled(tmp_path)) == 1
        assert sweep_spool(root) == 0
        assert len(spooled(tmp_path)) == 1
    finally:
        child.kill()
        child.communicate()
    assert len(spooled(tmp_path)) == 1
    assert sweep_spool(root) == 1
    assert files(root) == []
    assert sweep_spool(root) == 0
    assert sweep_spool(tmp_path / "nothing") == 0


@pytest.mark.parametrize("size", [0, 10, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17])
async def test_what_was_taken_can_be_read_before_and_after_it_is_sealed(
    vault: SealedVault, read: ReadOctets, size: int
) -> None:
    octets = os.urandom(size)
    spool = vault.spool()
    spool.feed(octets)
    for start, end in [(0, size), (1, size), (CHUNK - 1, CHUNK + 1), (size // 2, size), (size, size)]:
        pieces = list(spool.pieces(start, end))
        assert b"".join(pieces) == octets[start:end]
        assert all(len(piece) <= CHUNK for piece in pieces)
    body = await vault.seal(CLAIRE, spool, b"card", NOW)
    assert b"".join(spool.pieces(0, size)) == octets
    assert await read(vault, body) == octets


async def test_a_spool_that_is_forgotten_is_not_read(vault: SealedVault) -> None:
    spool = vault.spool()
    spool.feed(bytes(3 * CHUNK))
    pieces = spool.pieces(0, spool.size)
    next(pieces)
    spool.discard()
    with pytest.raises(ValueError, match="has no file"):
        next(pieces)
