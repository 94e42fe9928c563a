"""The directory as the services see it: who is published where. domain.md §7.

Public data, rebuilt whole from each day's file and never changed in between: readers see the old whole
directory until the new whole one is there. A house that imported none has an empty one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from vaguemestre.mail.address import Address
from vaguemestre.mail.bal import BalKind
from vaguemestre.mail.listing import Listing


class DirectoryRefused(Exception):  # noqa: N818 (a decision, not a fault: CONTRIBUTING.md)
    """A file does not become the directory: the one in place stays. The sentence says why."""


class SearchTooWide(Exception):  # noqa: N818 (a decision too)
    """So many listings answer that the search was given up: more words are needed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: every word, in any order, each the beginning of a word of the listing.

    Words come from ``mail.folding``. ``anywhere`` looks at names, professions, places and numbers;
    the others at one of them. ``address`` is the beginning of an address, or ``@`` and a domain.
    """

    anywhere: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    occupation: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    address: str = ""

    @property
    def is_empty(self) -> bool:
        """Nothing is asked: everybody would answer."""
        return not (self.anywhere or self.name or self.occupation or self.place or self.address)


@dataclass(frozen=True, slots=True)
class DirectoryState:
    """Which directory is in place. ``published_at`` is the date of the file, as far as it is known."""

    rows: int
    addresses: int
    source: str
    published_at: datetime
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. ``skipped``: rows that name no mailbox; ``missing``: columns that are not there.

    ``is_new`` is false when the source holds nothing that is not in place: nothing was done.
    """

    state: DirectoryState
    is_new: bool
    seconds: float = 0.0
    skipped: int = 0
    missing: tuple[str, ...] = ()


class Directory(Protocol):
    """Reading it."""

    def listings(self, address: Address) -> Sequence[Listing]:
        """What is published of an address, one listing for each place; none for whoever is not published.

        Not a coroutine, so that a unit of work may ask: some 30 µs on a file beside, one question to the
        server on PostgreSQL, where units run in threads. Raises StoreBusyError.
        """
        ...

    async def search(self, wanted: Wanted, limit: int) -> list[Listing]:
        """The best first: whole words before beginnings. Raises SearchTooWide, StoreBusyError."""
        ...

    async def numbered(self, number: str, limit: int) -> list[Listing]:
        """Those of a person or a structure, by rank. Raises StoreBusyError."""
        ...

    async def state(self) -> DirectoryState | None:
        """None: no directory was imported yet. Raises StoreBusyError."""
        ...

    def close(self) -> None:
        """Let go of it, for whoever opened it."""
        ...


class DirectoryUpkeep(Protocol):
    """Making the next one."""

    async def renew(self) -> Imported | None:
        """Import what the configured source holds, if it is newer; None when there is no source.

        Done beside the server, so that mail goes on. Raises DirectoryRefused, OSError, StoreBusyError.
        """
        ...


def service_in(listings: Sequence[Listing], sectors: frozenset[str]) -> Listing | None:
    """The ORG mailbox among them whose structure works in one of these sectors; the first of several places.

    What a pharmacy at another operator is told by (domain.md §2), as ``Policy.is_pharmacy`` tells ours.
    """
    return next((one for one in listings if one.kind is BalKind.ORG and one.sector in sectors), None)
