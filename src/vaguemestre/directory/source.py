"""Where an extraction comes from: a file, plain or zipped, or the newest of a folder.

What arrives by the network is put in a file first (``fetching``), so that a slow line never holds an
import half way. The date of a file is the one in its name, as the public one carries it
(``…_202611220830.txt``), else the one the file system knows.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from vaguemestre.service.ports.directory import DirectoryRefused

_DATE: Final = re.compile(r"(?<![0-9])(20[0-9]{2}[01][0-9][0-3][0-9])([0-2][0-9][0-5][0-9])?(?![0-9])")
_LARGEST: Final = 4_000_000_000  # octets once unpacked; a real one has 90,000,000
SUFFIXES: Final = frozenset({".txt", ".csv", ".zip", ".json", ".ndjson"})


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import: what it is called, its date, and where it lies."""

    name: str
    published_at: datetime
    path: Path


@dataclass(frozen=True, slots=True)
class Opened:
    """Its content. ``octets`` tells by ``tell()`` how far it was read, of ``size``."""

    octets: IO[bytes]
    size: int
    is_json: bool

    @property
    def text(self) -> io.TextIOWrapper:
        """As text, LF alone ending a line."""
        return io.TextIOWrapper(self.octets, encoding="utf-8", errors="strict", newline="\n")


def source_at(path: Path) -> Source:
    """That file, or the newest by date in that folder. Raises DirectoryRefused, OSError."""
    if not path.is_dir():
        return _source(path)
    found = [_source(file) for file in path.iterdir() if file.suffix.lower() in SUFFIXES and file.is_file()]
    if not found:
        raise DirectoryRefused(f"There is no extraction in {path}")
    return max(found, key=lambda source: (source.published_at, source.name))


def _source(path: Path) -> Source:
    return Source(path.name, date_in(path.name) or datetime.fromtimestamp(path.stat().st_mtime, UTC), path)


def date_in(name: str) -> datetime | None:
    """The date that a file's name carries, if any: its time is read as UTC, which no name says."""
    for day, time in _DATE.findall(name):
        try:
            return datetime.strptime(f"{day}{time or '0000'}", "%Y%m%d%H%M").replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


@contextmanager
def opened(source: Source) -> Iterator[Opened]:
    """Its content, unpacked as it is read. Raises DirectoryRefused, OSError."""
    with source.path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            file.seek(0)
            yield Opened(file, source.path.stat().st_size, _is_json(source.path.name))
            return
        try:
            with zipfile.ZipFile(file) as archive:
                member = _only_member(archive)
                with archive.open(member) as octets:
                    yield Opened(octets, member.file_size, _is_json(member.filename))
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise DirectoryRefused("The archive is broken, or of a kind that is not read") from error


def _only_member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    files = [member for member in archive.infolist() if not member.is_dir()]
    texts = [member for member in files if Path(member.filename).suffix.lower() in SUFFIXES - {".zip"}]
    if len(texts) != 1:
        raise DirectoryRefused(f"The archive holds {len(texts)} extractions: one is expected")
    if texts[0].file_size > _LARGEST:
        raise DirectoryRefused("The archive unpacks to more than any extraction")
    return texts[0]


def _is_json(name: str) -> bool:
    return Path(name).suffix.lower() in {".json", ".ndjson"}
