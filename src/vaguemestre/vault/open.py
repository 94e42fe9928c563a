"""Opening a vault: from plain settings to a vault that seals."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import structlog

from vaguemestre.vault.bodies import Bodies, FileBodies
from vaguemestre.vault.bodies_s3 import S3Bodies, S3Place
from vaguemestre.vault.keys import MasterKeyError, MasterKeys, load_master, write_master
from vaguemestre.vault.keys_sqlite import SqliteDatabase
from vaguemestre.vault.keystore import Database, KeyStore
from vaguemestre.vault.ring import KeyRing
from vaguemestre.vault.spool import SpoolDirectory, sweep_spool
from vaguemestre.vault.vault import SealedVault, VaultParts

_log = structlog.get_logger()
_THREADS: Final = 4  # they wait for disks; what they compute is short
_SQLITE: Final = "sqlite:///"
_POSTGRESQL: Final = ("postgresql://", "postgresql+psycopg://")


def open_keystore(url: str) -> KeyStore:
    """``sqlite:///PATH`` or ``postgresql://…``. Raises StoreBusyError, ValueError for another scheme."""
    database: Database
    if url.startswith(_SQLITE):
        database = SqliteDatabase(Path(url.removeprefix(_SQLITE)))
    elif url.startswith(_POSTGRESQL):
        from vaguemestre.vault.keys_postgresql import PostgresqlDatabase  # a seventh of a second to load

        database = PostgresqlDatabase(url.replace("+psycopg", "", 1))
    else:
        raise ValueError("a key store is sqlite:///PATH or postgresql://…")
    try:
        return KeyStore(database)
    except BaseException:
        database.close()
        raise


async def open_vault(keys_url: str, masters: MasterKeys, objects: Path | S3Place, spool: Path) -> SealedVault:
    """Open, making what is missing, and sweep what a crash left in the spool.

    ``objects`` and ``spool`` are best on one file system: a large body is then kept by a rename. Raises
    MasterKeyError when the key store is under a master key that is not among ``masters``,
    StoreBusyError, OSError.
    """
    executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="vault")
    try:
        parts = await asyncio.get_running_loop().run_in_executor(
            executor, _opened, keys_url, masters, objects, spool, executor
        )
    except BaseException:
        executor.shutdown(wait=False)
        raise
    return SealedVault(parts)


def _opened(
    keys_url: str, masters: MasterKeys, objects: Path | S3Place, spool: Path, executor: ThreadPoolExecutor
) -> VaultParts:
    swept = sweep_spool(spool)
    if swept:
        _log.info("spool swept", processes=swept)
    store = open_keystore(keys_url)
    try:
        ring = KeyRing(store, masters, executor)
        return VaultParts(store, ring, _bodies(objects, executor), SpoolDirectory(spool), executor)
    except BaseException:
        store.close()
        raise


def _bodies(objects: Path | S3Place, executor: Executor) -> Bodies:
    return FileBodies(objects, executor) if isinstance(objects, Path) else S3Bodies(objects)


async def rotate_master(vault: SealedVault, path: Path) -> int:
    """Put a new master key in a file and everything under it; how many keys were rewrapped.

    The file holds old and new keys until the last one is rewrapped: interrupt it where you like, run it
    again and it goes on. Raises MasterKeyError (when another rotation is running too), OSError,
    StoreBusyError.
    """
    run = asyncio.get_running_loop().run_in_executor
    with _alone(path.parent):
        masters = await run(None, load_master, path)
        if not masters.old:
            masters = await run(None, write_master, path, masters.rotated())
        count = await vault.rotate(masters)
        await run(None, write_master, path, masters.without_old())
    _log.info("master key rotated", master=masters.current.id, rewrapped=count)
    return count


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Two rotations of one file would each put a key in it that the other writes over."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise MasterKeyError("another rotation of these master keys is running") from None
    finally:
        os.close(descriptor)
