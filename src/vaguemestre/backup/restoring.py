"""Taking a backup back into an empty folder, and trying it: counts, every body, the journal's chain.

Nothing in an archive is believed before its seal was: names are checked all the same, because a folder is
written to by them.
"""

import json
import os
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final, cast

from vaguemestre.backup.making import DATABASE, KEYS, MANIFEST, SETTINGS, Manifest
from vaguemestre.backup.sealing import BackupRefused, Opens, Passphrase, SealedReader
from vaguemestre.backup.snapshots import SQLITE, Progress, reading, rows_of
from vaguemestre.service.audit.auditing import Auditing, Verified
from vaguemestre.service.ports.audit import Link
from vaguemestre.service.ports.clock import Clock
from vaguemestre.service.ports.outbound import OUTGOING
from vaguemestre.service.ports.vault import KeyDestroyedError, SealBrokenError, SealedBody
from vaguemestre.services import journal_keys
from vaguemestre.store.dialects.connection import Connection, Row, Value
from vaguemestre.store.migrations import HEAD
from vaguemestre.store.open import check_url, open_store
from vaguemestre.vault.bodies_s3 import S3Place
from vaguemestre.vault.keys import MasterKeys
from vaguemestre.vault.open import open_keystore, open_vault
from vaguemestre.vault.vault import SealedVault

_OBJECT: Final = re.compile(
    r"objects/[0-9a-f]{2}/[0-9a-f]{30}|anchors/[0-9A-Za-z-]+\.anchor(?:\.tsr)?"
    r"|(?:tables|keys)/(?:layout\.json|[a-z_]+/[0-9]{8}\.copy)"
)
TABLES: Final = "tables"
KEY_TABLES: Final = "keys"
_PLAIN: Final = frozenset({DATABASE, KEYS, SETTINGS, MANIFEST})
_AT_ONCE: Final = 100
_BODIES: Final = """
SELECT b.number, b.id, b.bal, b.day, b.size, o.octets, b.location, b.wrapped_key, b.card
FROM body b LEFT JOIN octets o ON o.body = b.number WHERE b.number > :last ORDER BY b.number LIMIT :most
"""
_OUTGOING: Final = """
SELECT id, body, :outgoing, day, size, octets, location, wrapped_key, card FROM outbound_message
WHERE id > :last ORDER BY id LIMIT :most
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """What trying a restored folder has shown. ``forgotten`` bodies have no key any more: they expired."""

    rows_differ: tuple[str, ...]
    opened: int
    forgotten: int
    broken: tuple[str, ...]
    journal: Verified

    @property
    def is_sound(self) -> bool:
        """Whether all that should be there is, and opens."""
        return not self.rows_differ and not self.broken and self.journal.is_sound


class _NoWitness:
    """The witness knows of the server's present, and a backup is of the past."""

    async def kept(self) -> Link | None:
        return None

    async def keep(self, link: Link) -> None:
        """Nothing is kept of a trial."""


def restore(archive: Path, by: Passphrase | Opens, folder: Path, told: Progress) -> Manifest:
    """Into a new or empty folder. Blocking. Raises BackupRefused, SealBrokenError, OSError."""
    if folder.exists() and any(folder.iterdir()):
        raise BackupRefused(f"{folder} is not empty: name a new folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _unpack(archive, by, folder, told)
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise BackupRefused("This is a copy of keys alone: --keys takes it")
    return Manifest(**json.loads(manifest.read_text(encoding="utf-8")))


def restore_keys(archive: Path, by: Passphrase | Opens, folder: Path, told: Progress) -> None:
    """The key store's copy, beside. Raises as ``restore``."""
    if (folder / KEYS).exists() or (folder / KEY_TABLES).exists():
        raise BackupRefused(f"{folder} has keys already")
    _unpack(archive, by, folder, told)


def check_places(into: str | None, keys_into: str | None) -> None:
    """Before anything is unpacked: both are empty, or BackupRefused, DatabaseUrlError, StoreBusyError."""
    if into is not None and into == keys_into:
        raise BackupRefused("Keys and messages never go to one place: name another database")
    for url in (into, keys_into):
        if url is not None:
            _check_place(url)


def _check_place(url: str) -> None:
    check_url(url)
    if url.startswith(SQLITE):
        raise BackupRefused("What is in SQLite is a file of the folder: only PostgreSQL is loaded into")
    from vaguemestre.backup import postgresql  # its library takes a seventh of a second of every command

    postgresql.check_empty(url)


def load_messages(folder: Path, manifest: Manifest, url: str, told: Progress) -> None:
    """Into an empty PostgreSQL database, at the revision of the backup. Blocking.

    Raises BackupRefused, StoreBusyError, OSError.
    """
    from vaguemestre.backup import postgresql
    from vaguemestre.store.migrations.running import upgrade

    if not manifest.in_tables:
        raise BackupRefused("This is a backup of a SQLite file: there is nothing to load into PostgreSQL")
    if manifest.revision > HEAD:
        raise BackupRefused("This is a backup of a newer release: run the newer vaguemestre")
    upgrade(url, manifest.revision)
    postgresql.load(url, folder / TABLES, told)


def load_keys(folder: Path, url: str, told: Progress) -> None:
    """The key store's copy into an empty PostgreSQL database. Raises as ``load_messages``."""
    from vaguemestre.backup import postgresql

    if not (folder / KEY_TABLES).is_dir():
        raise BackupRefused("This is a copy of a SQLite key store: there is nothing to load into PostgreSQL")
    open_keystore(url).close()  # which makes the tables
    postgresql.load(url, folder / KEY_TABLES, told)


def _unpack(archive: Path, by: Passphrase | Opens, folder: Path, told: Progress) -> None:
    size = archive.stat().st_size
    with archive.open("rb") as file:
        reader = SealedReader(file, by)
        with tarfile.open(fileobj=cast(BinaryIO, reader), mode="r|") as entries:
            for entry in entries:
                if not entry.isfile() or not (entry.name in _PLAIN or _OBJECT.fullmatch(entry.name)):
                    raise SealBrokenError(f"the backup holds what no backup does: {entry.name!r}")
                source, target = entries.extractfile(entry), folder / entry.name
                assert source is not None  # noqa: S101 (a file, as was asked)
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as written:
                    shutil.copyfileobj(source, written)
                told(archive.name, file.tell(), size)
        while reader.read(65_536):  # to the end, or nobody would know that it was cut
            pass


async def try_out(
    folder: Path,
    manifest: Manifest,
    masters: MasterKeys,
    url: str,
    keys_url: str,
    clock: Clock,
    told: Progress,
    bucket: S3Place | None = None,
) -> Tried:
    """Open what was restored with the keys, and look at all of it.

    ``url``: where the messages are now. ``bucket``: where the objects are, or a replica of it,
    when they stayed there; nothing is written to it.
    Raises MasterKeyError, SchemaError, StoreBusyError.
    """
    with reading(url) as connection:
        found = rows_of(connection)
    differ = [name for name, count in manifest.rows.items() if found.get(name) != count]
    if url.startswith(SQLITE):
        with closing(sqlite3.connect(url.removeprefix(SQLITE))) as database:
            said = database.execute("PRAGMA integrity_check").fetchone()[0]
            if said != "ok":
                differ.append(f"integrity: {said}")
    objects = bucket if bucket is not None and manifest.in_bucket else folder / "objects"
    vault = await open_vault(keys_url, masters, objects, folder / "spool")
    try:
        key, signer = journal_keys(vault)
        opened, forgotten, broken = await _open_all(vault, url, found, told)
        store = await open_store(url, key)
        try:
            auditing = Auditing(store, clock, key, _NoWitness(), signer.verifier)
            anchors = sorted((folder / "anchors").glob("*.anchor"))
            length = await auditing.length()
            journal = await auditing.verify(anchors, lambda reached: told("journal", reached, length))
        finally:
            await store.close()
    finally:
        await vault.close()
    return Tried(tuple(differ), opened, forgotten, tuple(broken), journal)


async def _open_all(
    vault: SealedVault, url: str, rows: dict[str, int], told: Progress
) -> tuple[int, int, list[str]]:
    opened, forgotten, broken = 0, 0, list[str]()
    total = rows["body"] + rows["outbound_message"]
    with reading(url) as connection:
        for number, body in enumerate(_bodies(connection), 1):
            try:
                vault.open_card(body)
                async for _ in vault.open_octets(body):
                    pass
                opened += 1
            except KeyDestroyedError:
                forgotten += 1
            except (SealBrokenError, OSError):
                broken.append(body.id.hex())
            if number % _AT_ONCE == 0 or number == total:
                told("messages", number, total)
    return opened, forgotten, broken


def _bodies(connection: Connection) -> Iterator[SealedBody]:
    """Every one, some at a time."""
    for statement in (_BODIES, _OUTGOING):
        last = 0
        while rows := _some(connection, statement, last):
            last = rows[-1][0]
            for _, *columns in rows:
                body = SealedBody(*columns)
                yield replace(body, octets=body.octets if body.location is None else None)


def _some(connection: Connection, statement: str, last: int) -> list[Row]:
    given: dict[str, Value] = {"last": last, "most": _AT_ONCE}
    if statement is _OUTGOING:
        given["outgoing"] = OUTGOING
    return connection.all(statement, given)
