"""Making a backup while mail goes on: the database as it stands at one moment, then what its rows name.

An object is durable before the row that names it, so what the copy of the database names is there; what
expired meanwhile is not, and no key opens it any more. Keys are never in a backup of messages: one that is
kept would bring back those destroyed since. Their own copy takes the place of the one before
(docs/decisions/0042-backups-hold-no-key.md).
"""

import asyncio
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, cast

from vaguemestre.backup.sealing import BackupRefused, Passphrase, SealedWriter, Seals
from vaguemestre.settings import Settings
from vaguemestre.store.migrations import HEAD
from vaguemestre.vault.bodies import object_path
from vaguemestre.vault.bodies_s3 import S3Bodies, S3Place

DATABASE: Final = "vaguemestre.db"
KEYS: Final = "keys.db"
SETTINGS: Final = "vaguemestre.toml"
MANIFEST: Final = "manifest.json"
COUNTED: Final = ("bal", "mailbox", "message", "body", "conversation", "outbound_message", "journal")
_SQLITE: Final = "sqlite:///"
_PAGES: Final = 1_000  # 4 MiB between two looks at the progress
_LOCATIONS: Final = """
SELECT location FROM body WHERE location IS NOT NULL
UNION SELECT location FROM outbound_message WHERE location IS NOT NULL ORDER BY 1
"""

Progress = Callable[[str, int, int], None]
"""What is being done, how far, of how much."""

OpenObject = Callable[[str], AbstractContextManager[BinaryIO]]
"""A sealed object by its location. Raises FileNotFoundError, OSError."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds; the last thing in it. ``in_bucket``: the objects stayed in their bucket."""

    made_at: str
    revision: str
    rows: dict[str, int] = field(default_factory=dict)
    objects: int = 0
    gone: int = 0
    in_bucket: bool = False


def back_up(
    settings: Settings,
    config: Path,
    to: Passphrase | Seals,
    destination: Path,
    now: datetime,
    told: Progress,
    bucket: S3Place | None = None,
) -> Manifest:
    """Into one new file; the objects of a bucket where it is named. Blocking.

    Raises BackupRefused, OSError, sqlite3.Error.
    """
    database = file_of(settings.database.url)
    copy = database.with_name(f".{database.name}.backup.{os.getpid()}")
    kept = settings.audit.anchors
    anchors = sorted(
        (*kept.glob("*.anchor"), *kept.glob("*.anchor.tsr"))
    )  # before: the copy has what they know
    try:
        _copy_database(database, copy, told)
        with _sealed_file(destination, to, replace=False) as archive:
            _add_file(archive, copy, DATABASE)
            if config.is_file():
                _add_file(archive, config, SETTINGS)
            for anchor in anchors:
                _add_file(archive, anchor, f"anchors/{anchor.name}")
            objects = gone = 0
            stay = bool(settings.objects.bucket) and bucket is None
            if not stay:
                with _objects(settings, bucket, database.parent) as opened:
                    objects, gone = _add_objects(archive, opened, copy, told)
            manifest = Manifest(now.isoformat(), HEAD, rows_of(copy), objects, gone, in_bucket=stay)
            _add(archive, MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
    finally:
        copy.unlink(missing_ok=True)
    return manifest


def back_up_keys(settings: Settings, to: Passphrase | Seals, destination: Path, told: Progress) -> None:
    """The key store, in the place of the copy before: an older one would open what was destroyed since."""
    keys = file_of(settings.keys.url)
    copy = keys.with_name(f".{keys.name}.backup.{os.getpid()}")
    try:
        _copy_database(keys, copy, told)
        with _sealed_file(destination, to, replace=True) as archive:
            _add_file(archive, copy, KEYS)
    finally:
        copy.unlink(missing_ok=True)


def file_of(url: str) -> Path:
    """The file of a SQLite database. Raises BackupRefused for any other."""
    if not url.startswith(_SQLITE):
        raise BackupRefused(
            "The database is PostgreSQL: back it up with pg_dump, then the objects (docs/operations.md)"
        )
    return Path(url.removeprefix(_SQLITE))


def rows_of(database: Path) -> dict[str, int]:
    """How many rows the tables that matter have."""
    with closing(sqlite3.connect(database)) as connection:
        return {
            table: int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 (constants)
            for table in COUNTED
        }


def _copy_database(source: Path, copy: Path, told: Progress) -> None:
    """One moment of it: the read that is open keeps writers from being seen, and does not hold them up."""
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(source, isolation_level=None)) as live,
        closing(sqlite3.connect(copy)) as new,
    ):
        live.execute("BEGIN")
        live.execute("SELECT count(*) FROM sqlite_master").fetchone()
        live.backup(new, pages=_PAGES, progress=lambda _, left, total: told(source.name, total - left, total))
        live.execute("ROLLBACK")


@contextmanager
def _objects(settings: Settings, bucket: S3Place | None, beside: Path) -> Iterator[OpenObject]:
    if bucket is None:
        yield lambda location: (settings.objects.directory / object_path(location)).open("rb")
        return
    bodies = S3Bodies(bucket)
    with asyncio.Runner() as runner:

        @contextmanager
        def fetched(location: str) -> Iterator[BinaryIO]:
            """In a file without a name first: an archive wants to know how long it is."""
            with tempfile.TemporaryFile(dir=beside) as file:
                runner.run(bodies.copy(location, file.write))
                file.seek(0)
                yield cast(BinaryIO, file)

        yield fetched


def _add_objects(archive: tarfile.TarFile, opened: OpenObject, copy: Path, told: Progress) -> tuple[int, int]:
    with closing(sqlite3.connect(copy)) as connection:
        locations = [str(row[0]) for row in connection.execute(_LOCATIONS)]
    objects = gone = 0
    for number, location in enumerate(locations, 1):
        try:
            with opened(location) as file:
                _add_open(archive, file, f"objects/{object_path(location)}")
            objects += 1
        except FileNotFoundError:
            gone += 1
        told("objects", number, len(locations))
    return objects, gone


@contextmanager
def _sealed_file(path: Path, to: Passphrase | Seals, *, replace: bool) -> Iterator[tarfile.TarFile]:
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


def _add_file(archive: tarfile.TarFile, path: Path, name: str) -> None:
    """As long as it is when it is opened: it is complete, or nobody would name it."""
    with path.open("rb") as file:
        _add_open(archive, file, name)


def _add_open(archive: tarfile.TarFile, file: BinaryIO, name: str) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = os.fstat(file.fileno()).st_size, 0o600
    archive.addfile(info, file)


def _add(archive: tarfile.TarFile, name: str, octets: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(octets), 0o600
    archive.addfile(info, io.BytesIO(octets))
