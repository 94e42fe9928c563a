"""One import, from where the settings say to where the directory is kept. Blocking.

The same for the command line, which runs it in its own process, and for the server, which sends it to a
process beside (``beside``), so that it travels as JSON.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from vaguemestre.directory.importing import Progress, Terms, import_from
from vaguemestre.directory.place import Place
from vaguemestre.directory.sectors import SectorFile, sectors_in
from vaguemestre.directory.source import Source, date_in, source_at
from vaguemestre.directory.sqlite_file import SqlitePlace
from vaguemestre.net.download import Offered, download
from vaguemestre.service.ports.directory import DirectoryRefused, DirectoryState, Imported

_LARGEST: Final = 1_000_000_000  # octets that are downloaded; the zipped extraction has 20,000,000


@dataclass(frozen=True, slots=True)
class Errand:
    """What is imported, and what it must be. An empty text names nothing.

    ``target``: a file, or the address of a PostgreSQL database. ``download``: where what is fetched lies
    while it is imported.
    """

    target: str
    download: str
    path: str = ""
    url: str = ""
    authorities: str = ""
    sectors: str = ""
    sector_column: str = ""
    sector_numbers: tuple[str, ...] = ()
    least_share: int = 90
    least: int = 1
    forced: bool = False

    @property
    def has_source(self) -> bool:
        """Whether there is anything to import."""
        return bool(self.path or self.url)

    @property
    def place(self) -> Place:
        """Where the directory is kept."""
        if "://" not in self.target:
            return SqlitePlace(Path(self.target))
        from vaguemestre.directory.postgresql_place import PostgresqlPlace  # a tenth of a second to load

        return PostgresqlPlace(self.target)

    def to_json(self) -> str:
        """As it travels."""
        return json.dumps(asdict(self))


def errand_from(text: str) -> Errand:
    """What ``to_json`` wrote."""
    told = json.loads(text)
    return Errand(**{**told, "sector_numbers": tuple(told["sector_numbers"])})


def run(errand: Errand, progress: Progress) -> Imported:
    """Raises DirectoryRefused, OSError, StoreBusyError."""
    place = errand.place
    terms = Terms(errand.least_share, errand.least, errand.forced)
    state = place.state()
    with _source(errand, state) as source:
        if source is None:
            assert state is not None  # noqa: S101 (nothing is known to be old before the first import)
            return Imported(state, is_new=False)
        sectors: dict[str, str] = {}
        if errand.sectors:
            file = SectorFile(Path(errand.sectors), errand.sector_column, errand.sector_numbers)
            sectors = sectors_in(file)
        return import_from(source, place, terms, progress, sectors)


@contextmanager
def _source(errand: Errand, state: DirectoryState | None) -> Iterator[Source | None]:
    """The file to import; None when the server offers what is in place already."""
    if errand.path:
        yield source_at(Path(errand.path))
        return
    if not errand.url:
        raise DirectoryRefused("No extraction is named")
    into = Path(errand.download)

    def is_new(offered: Offered) -> bool:
        published = _published(offered)
        return errand.forced or state is None or published is None or published > state.published_at

    try:
        authorities = Path(errand.authorities) if errand.authorities else None
        offered = download(errand.url, into, _LARGEST, authorities, is_new)
        if offered is None:
            yield None
            return
        name = Path(offered.name or errand.url.rpartition("/")[2]).name
        yield Source(name, _published(offered) or datetime.now(UTC), into)
    finally:
        into.unlink(missing_ok=True)


def _published(offered: Offered) -> datetime | None:
    return date_in(offered.name) or offered.modified_at
