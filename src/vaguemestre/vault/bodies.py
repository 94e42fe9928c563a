"""Where the sealed octets of large bodies live: one immutable object each, named at random.

A *location* is 32 random hexadecimal digits, the same in every kind of place, so that a directory can be
copied into a bucket and the rows stay true. Nothing in a name tells whose mail it is.
"""

import asyncio
import errno
import os
import re
import secrets
import shutil
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor
from datetime import datetime
from pathlib import Path
from typing import Protocol

from vaguemestre.vault.keys import sync_directory

_SHARD = re.compile(r"[0-9a-f]{2}")


def new_location() -> str:
    """A name nobody has."""
    return secrets.token_hex(16)


def object_path(location: str) -> str:
    """Where an object stands, relative to its place: 256 directories keep each of them short."""
    return f"{location[:2]}/{location[2:]}"


class Bodies(Protocol):
    """A place for objects."""

    async def keep(self, file: Path, location: str) -> None:
        """Make a complete file, synced or not, the durable object of that name; it is gone after. OSError."""
        ...

    async def read(self, location: str, start: int, end: int) -> bytes:
        """Octets ``start`` to ``end`` (excluded), short at the end. FileNotFoundError, OSError."""
        ...

    async def remove(self, locations: Sequence[str]) -> None:
        """Remove them; missing ones are fine. Raises OSError."""
        ...

    def older(self, before: datetime) -> AsyncIterator[list[str]]:
        """The locations of objects kept before a time, some hundreds at once. Raises OSError."""
        ...


class FileBodies:
    """Objects as files under one directory."""

    def __init__(self, root: Path, executor: Executor) -> None:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._root = root
        self._executor = executor

    async def keep(self, file: Path, location: str) -> None:
        """Rename it into place, then sync it and the directory.

        Named before it is synced, both are one entry of the file system's journal, and the directory's sync
        waits for nothing: half the syncs. Until its row is committed nobody looks for an object, and what a
        crash leaves of it is swept as any that no row names.
        """
        await asyncio.get_running_loop().run_in_executor(self._executor, self._keep, file, location)

    async def read(self, location: str, start: int, end: int) -> bytes:
        """Read a stretch of the file."""
        return await asyncio.get_running_loop().run_in_executor(
            self._executor, self._read, location, start, end
        )

    async def remove(self, locations: Sequence[str]) -> None:
        """Unlink the files."""
        await asyncio.get_running_loop().run_in_executor(self._executor, self._remove, locations)

    async def older(self, before: datetime) -> AsyncIterator[list[str]]:
        """One list for each directory that is there: most installations have few, and each is a turn."""
        run = asyncio.get_running_loop().run_in_executor
        for shard in await run(self._executor, self._shards):
            locations = await run(self._executor, self._older_in, shard, before.timestamp())
            if locations:
                yield locations

    def _shards(self) -> list[str]:
        return sorted(name for name in os.listdir(self._root) if _SHARD.fullmatch(name))

    def _older_in(self, shard: str, before: float) -> list[str]:
        with os.scandir(self._root / shard) as entries:
            return [shard + entry.name for entry in entries if entry.stat().st_mtime < before]

    def _keep(self, file: Path, location: str) -> None:
        target = self._root / object_path(location)
        if not target.parent.exists():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            sync_directory(self._root)
        try:
            file.rename(target)
        except OSError as error:
            if error.errno != errno.EXDEV:  # the spool is on another file system
                raise
            self._copy(file, target)
        try:
            _sync(target)
            sync_directory(target.parent)
        except BaseException:
            target.unlink(missing_ok=True)
            raise

    def _copy(self, file: Path, target: Path) -> None:
        arriving = target.with_name(f"{target.name}.part")
        try:
            shutil.copyfile(file, arriving)
            arriving.chmod(0o600)
            arriving.rename(target)
        except BaseException:
            arriving.unlink(missing_ok=True)
            raise
        file.unlink()

    def _read(self, location: str, start: int, end: int) -> bytes:
        with (self._root / object_path(location)).open("rb", buffering=0) as file:
            return os.pread(file.fileno(), end - start, start)

    def _remove(self, locations: Sequence[str]) -> None:
        for location in locations:
            (self._root / object_path(location)).unlink(missing_ok=True)


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
