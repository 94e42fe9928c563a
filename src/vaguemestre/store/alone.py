"""Whether this process is the only one that serves a database, by a lock that dies with whoever holds it.

A SQLite file is served by one process; that one may take up at once what a killed predecessor held. On
PostgreSQL others are alive while one starts, and nobody is alone.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SQLITE: Final = "sqlite:///"


@contextmanager
def alone_on(url: str) -> Iterator[bool]:
    """True for one process at a time, until the end of the block. Raises OSError."""
    if not url.startswith(_SQLITE):
        yield False
        return
    descriptor = os.open(f"{url.removeprefix(_SQLITE)}.served", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            # Not on the database: where the system makes this a lock of fcntl's, SQLite's are in its way.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            is_alone = False
        else:
            is_alone = True
        yield is_alone
    finally:
        os.close(descriptor)
