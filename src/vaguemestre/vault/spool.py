"""The spool: one message's octets while they arrive, in memory when few, sealed on disk when many.

Up to 64 KiB stay in memory. Beyond, each 64 KiB is sealed and written as it comes, under a content key
that only this process's memory knows: nothing is ever in clear on disk, and what a crash leaves behind
opens for nobody. The file is already the object that the first recipient will keep: sealing for him is
a rename. Each further recipient gets a copy under a content key of its own, so that no two persons'
objects ever open with one key.

Sealing and writing are done by a thread beside, while the event loop takes the octets that come next. Of each
spool it may be four chunks behind and no more: then whoever feeds does the work himself.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from vaguemestre.vault.seal import CHUNK, ChunkOpener, ChunkSealer, Header

_LOCK: Final = ".lock"
_BEHIND: Final = 4  # chunks left to the thread: 256 KiB of memory, as much as one read of a socket brings


class SpoolDirectory:
    """One process's own corner of the spool directory, locked as long as the process lives.

    ``sealing`` is its one thread for that: a megabyte takes it 2 ms, and the loop twice that to bring.
    """

    def __init__(self, spool: Path) -> None:
        self.sealing = ThreadPoolExecutor(1, thread_name_prefix="sealing")
        spool.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = secrets.token_hex(8)
        self._lock_path = spool / f"{name}{_LOCK}"
        # Locked before the directory has a name: a sweep never sees one without its lock.
        self._lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.path = spool / name
        self.path.mkdir(mode=0o700)

    def file(self) -> "SpoolFile":
        """A new empty file. Raises OSError."""
        return SpoolFile(self.path / secrets.token_hex(16))

    def close(self) -> None:
        """Remove the directory and whatever is in it."""
        self.sealing.shutdown()
        shutil.rmtree(self.path, ignore_errors=True)
        self._lock_path.unlink(missing_ok=True)
        os.close(self._lock)


def sweep_spool(spool: Path) -> int:
    """Remove what processes that are no more left in the spool; how many such there were."""
    count = 0
    for directory in spool.iterdir() if spool.is_dir() else ():
        if not directory.is_dir():
            continue
        lock_path = directory.with_name(f"{directory.name}{_LOCK}")
        lock = os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(directory, ignore_errors=True)
            lock_path.unlink(missing_ok=True)
            count += 1
        finally:
            os.close(lock)
    return count


class SpoolFile:
    """A file being written, which can still be read after it was renamed or removed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)

    def write(self, octets: bytes) -> None:
        """Append all of them; raises OSError."""
        rest = memoryview(octets)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]

    def read(self, start: int, end: int) -> bytes:
        """A stretch of it; short at the end of the file."""
        return os.pread(self._descriptor, end - start, start)

    def close(self) -> None:
        """Let go of it; it stays under its name, if it still has one."""
        os.close(self._descriptor)

    def remove(self) -> None:
        """Take its spool name away; nothing happens when it was renamed."""
        self.path.unlink(missing_ok=True)


class VaultSpool:
    """See ``service.ports.vault.Spool``. ``feed`` belongs to one thread; ``file_for_one`` may run in another.

    Whole chunks wait in ``_chunks`` to be sealed in their order, by whoever holds ``_using``.
    """

    def __init__(self, directory: SpoolDirectory) -> None:
        self._directory = directory
        self._size = 0
        self._pending = bytearray()  # at most CHUNK octets between two calls; the last chunk to be
        self._file: SpoolFile | None = None
        self._sealer: ChunkSealer | None = None
        self._header: Header | None = None  # once finished
        self._taken = False
        self._chunks: deque[bytes] = deque()
        self._is_left = False  # to the thread, which has not looked at the chunks since
        self._error: Exception | None = None
        self._discarded = False
        self._using = threading.Lock()

    @property
    def size(self) -> int:
        """Octets taken so far."""
        return self._size

    @property
    def is_small(self) -> bool:
        """Whether everything is in memory."""
        return self._sealer is None

    def feed(self, octets: bytes) -> None:
        """Take the next octets. Raises OSError when the disk is full; the spool is then good for nothing.

        It may be told of those before; of the last ones ``file_for_one`` and ``pieces`` tell.
        """
        if self._error is not None:
            raise self._error
        if self._header is not None or self._discarded:
            raise ValueError("this spool takes no more octets")
        self._pending += octets
        self._size += len(octets)
        if len(self._pending) > CHUNK:
            self._spill()

    def octets(self) -> bytes:
        """Everything, when small; ValueError when not."""
        if not self.is_small or self._discarded:
            raise ValueError("these octets are not in memory")
        return bytes(self._pending)

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """A stretch of the octets in clear, a chunk at a time; nothing more is taken once it is asked for.

        May run in a thread. Raises ValueError when the spool is discarded meanwhile.
        """
        if self.is_small:
            yield self.octets()[start:end]
            return
        for number in range(start // CHUNK, -(-min(end, self._size) // CHUNK)):
            at = number * CHUNK
            with self._using:
                try:
                    chunk = self._chunk(number)
                finally:
                    if self._discarded:
                        self._let_go()
            yield chunk[max(0, start - at) : end - at]

    def _chunk(self, number: int) -> bytes:
        file, header = self._finished()
        return ChunkOpener(header).open(number, file.read(*header.span(number)))

    def discard(self) -> None:
        """Forget it all. A file being read by ``file_for_one`` is let go when that ends."""
        self._discarded = True
        self._pending.clear()
        if self._file is not None and not self._taken:
            with contextlib.suppress(OSError):
                self._file.remove()  # the thread may have it in its hands
        if self._using.acquire(blocking=False):
            try:
                self._let_go()
            finally:
                self._using.release()

    def file_for_one(self) -> tuple[SpoolFile, Header]:
        """A whole sealed file for one recipient and what opens it: the spool's own, then copies of it.

        Not synced: where it is kept sees to that. The caller renames or removes it. Raises OSError.
        """
        with self._using:
            try:
                return self._file_for_one()
            finally:
                if self._discarded:
                    self._let_go()

    def _file_for_one(self) -> tuple[SpoolFile, Header]:
        file, header = self._finished()
        if self._taken:
            return self._copied(file, header)
        self._taken = True
        return file, header

    def _finished(self) -> tuple[SpoolFile, Header]:
        """The last chunk is sealed: nothing more is taken."""
        if self._error is not None:
            raise self._error
        if self._file is None or self._sealer is None or self._discarded:
            raise ValueError("this spool has no file")
        if self._header is None:
            self._seal_waiting()
            self._write(self._file, self._sealer.seal(bytes(self._pending), last=True))
            self._header = self._sealer.header()
            self._pending.clear()
        return self._file, self._header

    def _copied(self, source: SpoolFile, header: Header) -> tuple[SpoolFile, Header]:
        opener, sealer = ChunkOpener(header), ChunkSealer()
        copy = self._directory.file()
        try:
            for number in range(len(header.lengths)):
                packed, compressed = opener.unseal(number, source.read(*header.span(number)))
                copy.write(sealer.seal_packed(packed, compressed, number == len(header.lengths) - 1))
        except BaseException:
            copy.remove()
            raise
        finally:
            copy.close()
        return copy, sealer.header()

    def _spill(self) -> None:
        """Have whole chunks sealed, but never the last octets: the last chunk carries a mark."""
        if self._file is None or self._sealer is None:
            self._file, self._sealer = self._directory.file(), ChunkSealer()
        whole = (len(self._pending) - 1) // CHUNK * CHUNK
        is_behind = len(self._chunks) >= _BEHIND
        with memoryview(self._pending) as pending:
            self._chunks.extend(bytes(pending[at : at + CHUNK]) for at in range(0, whole, CHUNK))
        del self._pending[:whole]
        if is_behind:
            with self._using:
                self._seal_waiting()
        elif not self._is_left:
            self._is_left = True
            self._directory.sealing.submit(self._seal_left)

    def _seal_waiting(self) -> None:
        """Seal the chunks that are there and write them, some together: others may come meanwhile."""
        if self._file is None or self._sealer is None:
            return
        while self._chunks and not self._discarded:
            some = min(len(self._chunks), _BEHIND)
            self._write(self._file, b"".join(self._sealer.seal(self._chunks.popleft()) for _ in range(some)))

    def _seal_left(self) -> None:
        """In the thread. What goes wrong is told to whoever comes next."""
        with self._using:
            self._is_left = False  # before looking: whatever is added from here on is left to it again
            try:
                with contextlib.suppress(Exception):  # kept, and told
                    self._seal_waiting()
            finally:
                if self._discarded:
                    self._let_go()

    def _write(self, file: SpoolFile, octets: bytes) -> None:
        try:
            file.write(octets)
        except Exception as error:
            self._error = error
            raise

    def _let_go(self) -> None:
        self._chunks.clear()
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.remove()
            file.close()
