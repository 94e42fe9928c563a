"""Making a backup while mail goes on: the database as it stands at one moment, then what its rows name.

An object is durable before the row that names it, so what the copy of the database names is there; what
expired meanwhile is not, and no key opens it any more. Keys are never in a backup of messages: one that is
kept would bring back those destroyed since. Their own copy takes the place of the one before
(docs/decisions/0042-backups-hold-no-key.md).
"""

import asyncio
import json
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, cast

from vaguemestre.backup.archive import add_file, add_octets, add_open, sealed_file
from vaguemestre.backup.sealing import Passphrase, Seals
from vaguemestre.backup.snapshots import SQLITE, Progress, Snapshot, snapshot
from vaguemestre.settings import Settings
from vaguemestre.store.migrations import HEAD
from vaguemestre.vault.bodies import object_path
from vaguemestre.vault.bodies_s3 import S3Bodies, S3Place

DATABASE: Final = "vaguemestre.db"
KEYS: Final = "keys.db"
SETTINGS: Final = "vaguemestre.toml"
MANIFEST: Final = "manifest.json"

OpenObject = Callable[[str], AbstractContextManager[BinaryIO]]
"""A sealed object by its location. Raises FileNotFoundError, OSError."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds; the last thing in it.

    ``in_bucket``: the objects stayed in their bucket. ``in_tables``: the database is PostgreSQL's.
    """

    made_at: str
    revision: str
    rows: dict[str, int] = field(default_factory=dict)
    objects: int = 0
    gone: int = 0
    in_bucket: bool = False
    in_tables: bool = False


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

    Raises BackupRefused, StoreBusyError, OSError, sqlite3.Error.
    """
    url, kept = settings.database.url, settings.audit.anchors
    anchors = sorted(
        (*kept.glob("*.anchor"), *kept.glob("*.anchor.tsr"))
    )  # before: the copy has what they know
    with snapshot(url, DATABASE, told) as copy, sealed_file(destination, to, replace=False) as archive:
        copy.add_to(archive)
        if config.is_file():
            add_file(archive, config, SETTINGS)
        for anchor in anchors:
            add_file(archive, anchor, f"anchors/{anchor.name}")
        objects = gone = 0
        stay = bool(settings.objects.bucket) and bucket is None
        if not stay:
            with _objects(settings, bucket, destination.parent) as opened:
                objects, gone = _add_objects(archive, opened, copy, told)
        in_tables = not url.startswith(SQLITE)
        manifest = Manifest(now.isoformat(), HEAD, copy.rows(), objects, gone, stay, in_tables)
        add_octets(archive, MANIFEST, json.dumps(asdict(manifest), indent=1).encode())
    return manifest


def back_up_keys(settings: Settings, to: Passphrase | Seals, destination: Path, told: Progress) -> None:
    """The key store, in the place of the copy before: an older one would open what was destroyed since."""
    with (
        snapshot(settings.keys.url, KEYS, told, keys=True) as copy,
        sealed_file(destination, to, replace=True) as archive,
    ):
        copy.add_to(archive)


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


def _add_objects(
    archive: tarfile.TarFile, opened: OpenObject, copy: Snapshot, told: Progress
) -> tuple[int, int]:
    locations = copy.locations()
    objects = gone = 0
    for number, location in enumerate(locations, 1):
        try:
            with opened(location) as file:
                add_open(archive, file, f"objects/{object_path(location)}")
            objects += 1
        except FileNotFoundError:
            gone += 1
        told("objects", number, len(locations))
    return objects, gone
