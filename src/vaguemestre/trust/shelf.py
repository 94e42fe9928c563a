"""The last good list on disk, as it was signed: it is verified again whenever it is loaded.

It is no secret and no truth: what makes it good is its signature, and what it says of itself.
"""

import asyncio
import os
from pathlib import Path

from vaguemestre.trust.outline import LARGEST


class FileShelf:
    """``service.ports.trust_list.TrustListShelf``: one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[int, int] | None = None

    async def load(self) -> bytes | None:
        """The octets; None when nothing was ever kept. Raises OSError."""
        self._known = self._stamp()
        return await asyncio.to_thread(self._read)

    async def save(self, octets: bytes) -> None:
        """Put in the place of the one before, whole or not at all, and on disk. Raises OSError."""
        await asyncio.to_thread(self._write, octets)
        self._known = self._stamp()

    def is_changed(self) -> bool:
        """Whether somebody else has saved since this one loaded or saved."""
        return self._stamp() != self._known

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def _read(self) -> bytes | None:
        try:
            with self._path.open("rb") as file:
                return file.read(LARGEST + 1)
        except FileNotFoundError:
            return None

    def _write(self, octets: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}.new")
        try:
            with fresh.open("wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
