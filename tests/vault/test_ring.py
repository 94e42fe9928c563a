"""The key ring: few keys in memory, one key for all who ask at once, nothing lost when the disk says no."""

import asyncio
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.support.vault import CLAIRE

from vaguemestre.mail.bal import BalId
from vaguemestre.service.ports.store import StoreBusyError
from vaguemestre.service.ports.vault import KeyDay, KeyDestroyedError
from vaguemestre.vault.keys import MasterKeys
from vaguemestre.vault.keystore import KeyStore
from vaguemestre.vault.open import open_keystore
from vaguemestre.vault.ring import KeyRing

DAY = KeyDay(20_000)
NONCE = bytes(12)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[KeyStore]:
    store = open_keystore(f"sqlite:///{tmp_path}/keys.db")
    yield store
    store.close()


@pytest.fixture
def ring(store: KeyStore, masters: MasterKeys) -> Iterator[KeyRing]:
    with ThreadPoolExecutor(4) as executor:
        yield KeyRing(store, masters, executor, capacity=10)


async def test_all_who_ask_at_once_get_one_key_and_one_transaction_makes_many(
    ring: KeyRing, tmp_path: Path
) -> None:
    bals = [BalId(number % 50) for number in range(500)]
    keys = await asyncio.gather(*(ring.sealing_key(bal, DAY) for bal in bals))
    sealed = {(bal, key.encrypt(NONCE, b"", None)) for bal, (_, key) in zip(bals, keys, strict=True)}
    assert len(sealed) == 50
    with sqlite3.connect(tmp_path / "keys.db") as file:
        assert file.execute("SELECT count(*) FROM data_key").fetchone() == (50,)
    file.close()


async def test_two_rings_agree_on_a_new_key(ring: KeyRing, store: KeyStore, masters: MasterKeys) -> None:
    with ThreadPoolExecutor(2) as executor:
        other = KeyRing(store, masters, executor)
        (_, one), (_, two) = await asyncio.gather(
            ring.sealing_key(CLAIRE, DAY), other.sealing_key(CLAIRE, DAY)
        )
    assert one.encrypt(NONCE, b"", None) == two.encrypt(NONCE, b"", None)
    assert ring.digest_key == other.digest_key


async def test_memory_is_bounded_and_what_left_comes_back(ring: KeyRing) -> None:
    first = (await ring.sealing_key(BalId(1), DAY))[1].encrypt(NONCE, b"", None)
    for number in range(2, 40):
        await ring.sealing_key(BalId(number), DAY)
    assert ring.ready(BalId(1), DAY) is None
    assert ring.key(BalId(1), DAY).encrypt(NONCE, b"", None) == first
    assert len(ring.keys([(BalId(number), DAY) for number in range(1, 40)])) == 39
    assert sum(ring.ready(BalId(number), DAY) is not None for number in range(1, 40)) == 10


async def test_a_key_that_never_was_opens_nothing(ring: KeyRing) -> None:
    with pytest.raises(KeyDestroyedError):
        ring.key(CLAIRE, DAY)
    with pytest.raises(KeyDestroyedError):
        await ring.opening_key(CLAIRE, DAY)


async def test_a_locked_key_store_is_busy_and_serves_again_after(
    ring: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, masters: MasterKeys
) -> None:
    monkeypatch.setattr("vaguemestre.vault.keys_sqlite._BUSY_TIMEOUT", 0.01)
    store = open_keystore(f"sqlite:///{tmp_path}/keys.db")
    blocker = sqlite3.connect(tmp_path / "keys.db", isolation_level=None)
    with ThreadPoolExecutor(2) as executor:
        impatient = KeyRing(store, masters, executor)
        blocker.execute("BEGIN IMMEDIATE")
        asked = (impatient.sealing_key(BalId(number), DAY) for number in range(3))
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(result) for result in results} == {StoreBusyError}
        blocker.execute("ROLLBACK")
        await impatient.sealing_key(BalId(1), DAY)
    blocker.close()
    store.close()


async def test_one_who_gives_up_does_not_spoil_the_others(ring: KeyRing) -> None:
    asking = [asyncio.ensure_future(ring.sealing_key(BalId(number), DAY)) for number in range(10)]
    await asyncio.sleep(0)
    asking[0].cancel()
    asking[5].cancel()
    results = await asyncio.gather(*asking, return_exceptions=True)
    assert sum(isinstance(result, asyncio.CancelledError) for result in results) == 2
    assert sum(isinstance(result, tuple) for result in results) == 8
