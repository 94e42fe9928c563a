"""Where a directory is kept: what the importer needs of a database, whichever it is."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from vaguemestre.directory.row import Row
from vaguemestre.service.ports.directory import DirectoryState


class Building(Protocol):
    """The next directory, invisible until it is put in place."""

    def add(self, rows: Sequence[Row]) -> None: ...  # noqa: D102

    def put_in_place(self, source: str, published_at: datetime, imported_at: datetime) -> DirectoryState:
        """Make it the directory, at once and whole, durable; what was there is gone."""
        ...


class Place(Protocol):
    """A database that holds one directory. Blocking. Raises StoreBusyError."""

    def state(self) -> DirectoryState | None: ...  # noqa: D102

    def building(self) -> AbstractContextManager[Building]:
        """A new directory beside; thrown away unless it was put in place. One at a time, in any process.

        Raises DirectoryRefused when another import is running.
        """
        ...
