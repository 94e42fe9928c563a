"""Which structure works in which sector of activity: a second file, for the extraction names none.

The 31 columns of the extraction tell who holds a mailbox and where, not what the structure does; without
this file no listing has a sector, and no pharmacy is told from another service (domain.md §2). It is
another public extraction, ``|``-separated: the columns are named in the settings, as its header spells
them. Some 300,000 structures are kept in memory while an import runs, 60 MB.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vaguemestre.directory.source import opened, source_at
from vaguemestre.mail.listing import plain_number
from vaguemestre.service.ports.directory import DirectoryRefused

_SECTOR: Final = re.compile(r"[A-Z]{2}[0-9]{2,3}")
_MOST: Final = 2_000_000
_LONGEST_LINE: Final = 65_536


@dataclass(frozen=True, slots=True)
class SectorFile:
    """Where it lies, the column of the sector, and those of the structure's numbers."""

    path: Path
    sector: str
    numbers: Sequence[str]


def sectors_in(file: SectorFile) -> dict[str, str]:
    """Sector by plain number. Raises DirectoryRefused, OSError."""
    found: dict[str, str] = {}
    source = source_at(file.path)
    with opened(source) as content:
        lines = content.text
        try:
            header = [name.strip() for name in lines.readline(_LONGEST_LINE).lstrip("\ufeff").split("|")]
            numbers = [header.index(name) for name in file.numbers if name in header]
            if file.sector not in header or not numbers:
                named = f"{file.sector} and one of {', '.join(file.numbers)}"
                raise DirectoryRefused(f"{source.name} does not have the columns {named}")
            place = header.index(file.sector)
            last = max(place, *numbers)
            while line := lines.readline(_LONGEST_LINE):
                fields = line.split("|")
                if len(fields) <= last or _SECTOR.fullmatch(fields[place]) is None:
                    continue
                for number in numbers:
                    if fields[number]:
                        found[plain_number(fields[number])] = fields[place]
                if len(found) > _MOST:
                    raise DirectoryRefused(f"{source.name} names more structures than there are")
        except UnicodeDecodeError as error:
            raise DirectoryRefused(f"{source.name} is not UTF-8 text") from error
    return found
