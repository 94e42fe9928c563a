"""An import: a source becomes the directory, or the one in place stays. Blocking; memory is bounded.

What is refused: a file that is no extraction, cut, older than the directory in place, with too many lines
that name no mailbox, or much smaller than what it would replace. A half-published file has happened to
other official lists (domain.md §6); half a country would then be unreachable.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Final, TypeAlias

from vaguemestre.directory.extraction import Extraction
from vaguemestre.directory.fhir import Resources
from vaguemestre.directory.place import Place
from vaguemestre.directory.source import Source, opened
from vaguemestre.service.ports.directory import DirectoryRefused, DirectoryState, Imported

Progress: TypeAlias = Callable[[int, int], None]
"""Called with octets read and octets in all."""

_BATCH: Final = 2_000  # rows: some 1 MiB of them
_MOST_SKIPPED: Final = 0.02  # of the lines


@dataclass(frozen=True, slots=True)
class Terms:
    """What an import must be to be taken. ``least_share`` in hundredths of the directory in place."""

    least_share: int = 90
    least_rows: int = 1
    forced: bool = False


def import_from(
    source: Source, place: Place, terms: Terms, progress: Progress, sectors: Mapping[str, str]
) -> Imported:
    """``sectors`` by the numbers of structures. Raises DirectoryRefused, OSError, StoreBusyError."""
    began = time.monotonic()
    current = place.state()
    if current is not None and not terms.forced:
        if (current.source, current.published_at) == (source.name, source.published_at):
            return Imported(current, is_new=False)
        if source.published_at < current.published_at:
            raise DirectoryRefused(
                f"{source.name} is of {source.published_at:%Y-%m-%d}, the directory in place of "
                f"{current.published_at:%Y-%m-%d}: an older file is imported by force alone"
            )
    with opened(source) as content, place.building() as building:
        extraction = (Resources if content.is_json else Extraction)(content.text, sectors)
        taken = 0
        rows = extraction.rows()
        while batch := list(islice(rows, _BATCH)):
            building.add(batch)
            taken += len(batch)
            progress(min(content.octets.tell(), content.size), content.size)
        _check(taken, extraction.skipped, current, terms)
        state = building.put_in_place(source.name, source.published_at, datetime.now(UTC))
    return Imported(state, True, time.monotonic() - began, extraction.skipped, extraction.missing)


def _check(taken: int, skipped: int, current: DirectoryState | None, terms: Terms) -> None:
    if skipped > _MOST_SKIPPED * (taken + skipped):
        raise DirectoryRefused(f"{skipped} of {taken + skipped} lines name no mailbox: the file is broken")
    if terms.forced:
        return
    least = max(terms.least_rows, 0 if current is None else -(-current.rows * terms.least_share // 100))
    if taken < least:
        raise DirectoryRefused(
            f"The file has {taken} mailboxes, {least} are expected at least: what is in place stays"
        )
