"""Where the list comes from: a file that somebody puts there, or an https address. domain.md §6.

Both are asked whether anything is new since what was taken last. What was refused is not held for taken: it
is fetched, refused and told again, until it is mended.
"""

import asyncio
import ssl
from pathlib import Path

from vaguemestre.net.http import NEVER_SEEN, get_changed
from vaguemestre.trust.outline import LARGEST


class FileSource:
    """``service.ports.trust_list.TrustListSource``: a file, looked at by its time and its size."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._taken: tuple[int, int, int] | None = None
        self._fetched: tuple[int, int, int] | None = None

    @property
    def name(self) -> str:
        """The path."""
        return str(self._path)

    async def fetch(self) -> bytes | None:
        """What is there; None when it is still what was taken last. Raises OSError."""
        found = self._path.stat()
        stamp = found.st_mtime_ns, found.st_size, found.st_ino
        if stamp == self._taken:
            return None
        octets = await asyncio.to_thread(self._read)
        self._fetched = stamp
        return octets

    def taken(self) -> None:
        """What was fetched last was good."""
        self._taken = self._fetched

    def _read(self) -> bytes:
        with self._path.open("rb") as file:
            return file.read(LARGEST + 1)


class WebSource:
    """``service.ports.trust_list.TrustListSource``: an address, whose server is one the context knows."""

    def __init__(self, url: str, context: ssl.SSLContext) -> None:
        self._url = url
        self._context = context
        self._taken = NEVER_SEEN
        self._fetched = NEVER_SEEN

    @property
    def name(self) -> str:
        """The address."""
        return self._url

    async def fetch(self) -> bytes | None:
        """What is there; None when it is still what was taken last. Raises OSError."""
        changed = await get_changed(self._url, self._context, LARGEST, self._taken)
        if changed is None:
            return None
        self._fetched = changed.version
        return changed.content

    def taken(self) -> None:
        """What was fetched last was good."""
        self._taken = self._fetched
