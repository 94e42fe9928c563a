"""A destroyed key is destroyed: here, in a new process, in every file and in every backup."""

import asyncio
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from tests.support.vault import CLAIRE, NOW, PAUL, OpenVault, ReadOctets, SealOctets

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.vault import KeyDay, KeyDestroyedError
from vaguemestre.vault.keys import MasterKeys, MasterMissingError, generate_master
from vaguemestre.vault.open import open_keystore
from vaguemestre.vault.vault import SealedVault, key_day

TODAY = key_day(NOW)
LARGE = 200_000
BALS = [BalId(number) for number in range(1, 101)]


@pytest.mark.parametrize("size", [10, LARGE])
async def test_a_destroyed_day_opens_no_more_here_nor_in_a_new_process(
    opened: OpenVault, sealed: SealOctets, read: ReadOctets, size: int
) -> None:
    vault = await opened()
    body = await sealed(vault, os.urandom(size))
    assert await vault.days(CLAIRE) == {TODAY}
    assert vault.readable(CLAIRE, [TODAY, KeyDay(1)]) == {TODAY}
    assert await vault.destroy_keys(CLAIRE, [TODAY, KeyDay(1)]) == 1
    assert await vault.days(CLAIRE) == frozenset()
    assert await vault.destroy_keys(CLAIRE, [TODAY]) == 0
    for one in (vault, await opened()):
        with pytest.raises(KeyDestroyedError):
            await read(one, body)
        with pytest.raises(KeyDestroyedError):
            one.open_card(body)
        with pytest.raises(KeyDestroyedError):
            one.open_cards([body])
        assert one.readable(CLAIRE, [TODAY]) == frozenset()


async def test_another_day_and_another_person_are_untouched(
    vault: SealedVault, sealed: SealOctets, read: ReadOctets
) -> None:
    spool = vault.spool()
    octets = os.urandom(LARGE)
    spool.feed(octets)
    hers, his = [await vault.seal(bal, spool, b"card", NOW) for bal in (CLAIRE, PAUL)]
    spool.discard()
    tomorrow = await sealed(vault, b"demain", now=NOW + timedelta(days=1))
    await vault.destroy_keys(CLAIRE, [TODAY])
    assert await read(vault, his) == octets
    assert await read(vault, tomorrow) == b"demain"
    with pytest.raises(KeyDestroyedError):
        await read(vault, hers)


async def test_a_backup_of_everything_but_the_key_store_opens_nothing(
    opened: OpenVault, sealed: SealOctets, read: ReadOctets, tmp_path: Path
) -> None:
    root, backup = tmp_path / "server", tmp_path / "backup"
    root.mkdir()
    vault = await opened(root)
    bodies = [await sealed(vault, b"court"), await sealed(vault, os.urandom(LARGE))]
    shutil.copytree(root / "objects", backup / "objects", ignore=shutil.ignore_patterns("spool"))
    await vault.destroy_keys(CLAIRE, [TODAY])
    shutil.copy(root / "keys.db", backup / "keys.db")  # the key store as it is now: the day is destroyed
    for restored in (await opened(backup), await opened(_without_keys(backup, tmp_path / "bare"))):
        for body in bodies:
            with pytest.raises(KeyDestroyedError):
                await read(restored, body)


def _without_keys(backup: Path, bare: Path) -> Path:
    shutil.copytree(backup / "objects", bare / "objects", ignore=shutil.ignore_patterns("spool"))
    return bare


async def test_no_file_of_the_key_store_keeps_a_destroyed_key(opened: OpenVault, tmp_path: Path) -> None:
    """Among thousands of others, so that pages of the table have been split and moved about."""
    vault = await opened()
    spool = vault.spool()
    days = [NOW + timedelta(days=day) for day in range(40)]
    await asyncio.gather(*(vault.seal(bal, spool, b"", day) for bal in BALS for day in days))
    store = open_keystore(f"sqlite:///{tmp_path}/keys.db")
    gone = {
        key.octets
        for bal in BALS
        for day, key in store.found(bal, [key_day(day) for day in days]).items()
        if key is not None and (bal + day) % 3 == 0
    }
    store.close()
    assert len(gone) > 1_000
    assert any(octets in (tmp_path / "keys.db").read_bytes() + _log(tmp_path) for octets in gone)
    for bal in BALS:
        await vault.destroy_keys(bal, [key_day(day) for day in days if (bal + key_day(day)) % 3 == 0])
    octets = (tmp_path / "keys.db").read_bytes() + _log(tmp_path)
    # The end of a wrapped key is enough to look for: a remnant may have lost its beginning.
    assert [key for key in gone if key[-24:] in octets] == []


def _log(root: Path) -> bytes:
    return b"".join(path.read_bytes() for path in root.glob("keys.db-*"))


async def test_sealing_on_a_destroyed_day_takes_the_next_one_and_brings_nothing_back(
    opened: OpenVault, sealed: SealOctets, read: ReadOctets
) -> None:
    vault = await opened()
    before = await sealed(vault, b"avant")
    await vault.destroy_keys(CLAIRE, [TODAY])
    for one in (vault, await opened()):
        after = await sealed(one, "après".encode())
        assert after.day == TODAY + 1
        assert await read(one, after) == "après".encode()
        with pytest.raises(KeyDestroyedError):
            await read(one, before)


async def test_a_key_destroyed_by_another_process_is_not_sealed_with_for_long(
    opened: OpenVault, sealed: SealOctets, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, command = await opened(), await opened()
    await sealed(server, b"avant")
    await command.destroy_keys(CLAIRE, [TODAY])
    monkeypatch.setattr("vaguemestre.vault.ring._EPOCH_EVERY", 0.0)  # the second has passed
    assert (await sealed(server, b"apres")).day == TODAY + 1


async def test_keys_are_destroyed_while_messages_keep_coming(
    vault: SealedVault, sealed: SealOctets, read: ReadOctets
) -> None:
    async def deliver(number: int) -> None:
        body = await sealed(vault, b"%d" % number)
        if number % 10 == 0:
            await vault.destroy_keys(CLAIRE, [body.day])
        try:
            assert await read(vault, body) == b"%d" % number
        except KeyDestroyedError:
            assert body.day not in await vault.days(CLAIRE)

    await asyncio.gather(*(deliver(number) for number in range(200)))


async def test_a_new_vault_refuses_a_key_store_under_an_unknown_master(
    opened: OpenVault, masters: MasterKeys
) -> None:
    await opened()
    with pytest.raises(MasterMissingError):
        await opened(keys=generate_master())
    await opened(keys=masters.rotated())
