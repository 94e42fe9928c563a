"""The file a backup is: a tar sealed as it is written, whole under its name or not at all."""

import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from vaguemestre.backup.sealing import BackupRefused, Passphrase, SealedWriter, Seals


@contextmanager
def sealed_file(path: Path, to: Passphrase | Seals, *, replace: bool) -> Iterator[tarfile.TarFile]:
    """Whole under its name, or not at all."""
    if path.exists() and not replace:
        raise BackupRefused(f"{path} is there already: name a new file")
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            writer = SealedWriter(file, to)
            with tarfile.open(fileobj=cast(BinaryIO, writer), mode="w|") as archive:
                yield archive
            writer.finish()
            file.flush()
            os.fsync(file.fileno())
        beside.rename(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def add_file(archive: tarfile.TarFile, path: Path, name: str) -> None:
    """As long as it is when it is opened: it is complete, or nobody would name it."""
    with path.open("rb") as file:
        add_open(archive, file, name)


def add_open(archive: tarfile.TarFile, file: BinaryIO, name: str) -> None:
    """What is open, from its beginning to its end."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = os.fstat(file.fileno()).st_size, 0o600
    archive.addfile(info, file)


def add_octets(archive: tarfile.TarFile, name: str, octets: bytes | bytearray) -> None:
    """What is in memory."""
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(octets), 0o600
    archive.addfile(info, io.BytesIO(octets))
