"""Whose turn it is to write a SQLite file, among processes: a lock of the system that dies with its holder.

SQLite's own lock is polled for: whoever waits sleeps some milliseconds and tries again, while the holder may
take it twice. Here the system wakes who waits. It stands before SQLite's lock and not in its place: who does
not take it, such as an older command, costs a wait and no more.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

_SUFFIX: Final = ".turn"


class Turn:
    """That of one file. ``make``: the file of the lock is made where there is none, by who serves.

    Commands take it where it is: one that is run by root must not leave a file that the server cannot open.
    """

    def __init__(self, database: Path, *, make: bool) -> None:
        """Raises OSError when it cannot be made."""
        self._descriptor: int | None = None
        flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if make else 0)
        try:
            self._descriptor = os.open(f"{database}{_SUFFIX}", flags, 0o600)
        except OSError:
            if make:
                raise

    def take_at_once(self) -> bool:
        """Take it unless another process has it."""
        if self._descriptor is None:
            return True
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def take(self) -> None:
        """Wait for it; blocking, and for as long as it takes."""
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def give(self) -> None:
        """The next may have it."""
        if self._descriptor is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file, and of the turn."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
