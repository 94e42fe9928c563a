"""The public extraction of mailboxes: lines of ``|``-separated texts under a header. domain.md §7.

Columns are found by their names in the header, whatever their order; older files end lines with one more
``|``, some tools put a byte order mark in front or CR before LF. Fields are never quoted.

A file has no end mark. A last line cut in the middle is told by its number of fields; a file cut between
two lines only by its size, which is why the importer compares it with the directory in place.
"""

from collections.abc import Iterator, Mapping
from operator import itemgetter
from typing import Final, TextIO

from vaguemestre.directory.row import Row, is_kind
from vaguemestre.mail.address import AddressSyntaxError, parse_address
from vaguemestre.mail.listing import plain_number
from vaguemestre.service.ports.directory import DirectoryRefused

KIND: Final = "Type de BAL"
ADDRESS: Final = "Adresse BAL"
_NEEDED: Final = (KIND, ADDRESS)
# The others, in the order in which ``_row`` takes them.
_OTHERS: Final = (
    "Civilité d'exercice",
    "Nom d'exercice",
    "Prénom d'exercice",
    "Identifiant PP",
    "Identification Structure",
    "Raison Sociale structure BAL",
    "Enseigne commerciale structure BAL",
    "Service de rattachement",
    "Libellé Profession",
    "Libellé savoir-faire",
    "L4NUMEROVOIE",
    "L4COMPLEMENTNUMEROVOIE",
    "NL4TYPEVOIE",
    "L4LIBELLEVOIE",
    "L5LIEUDITMENTION",
    "L6LIGNEACHEMINEMENT",
    "Code postal",
    "Département",
    "Pays",
)
_LONGEST_LINE: Final = 16_384  # characters; real lines have some 170
_MOST_COLUMNS: Final = 200


class Extraction:
    """A file being read: its rows, and how many of its lines named no mailbox."""

    def __init__(self, lines: TextIO, sectors: Mapping[str, str]) -> None:
        """Read the header. ``sectors`` by structures' plain numbers. Raises DirectoryRefused."""
        self._lines = lines
        self._sectors = sectors
        names = [name.strip() for name in self._line().removeprefix("\ufeff").rstrip("\r\n").split("|")]
        self._width = len(names) - (names[-1] == "")
        places = {name: place for place, name in enumerate(names) if name}
        if any(name not in places for name in _NEEDED) or len(names) > _MOST_COLUMNS:
            raise DirectoryRefused(f"This is no extraction of mailboxes: no columns {KIND} and {ADDRESS}")
        self.missing = tuple(name for name in _OTHERS if name not in places)
        absent = -1  # the empty field put after the last, wherever that is
        self._fields = itemgetter(*(places.get(name, absent) for name in (*_NEEDED, *_OTHERS)))
        self.skipped = 0

    def rows(self) -> Iterator[Row]:
        """Each in turn. Raises DirectoryRefused when the file is cut or is no text."""
        width, fields, is_whole = self._width, self._fields, True
        for line in iter(self._line, ""):
            self.skipped += not is_whole  # only the last line may be a cut one
            parts = line.rstrip("\r\n").split("|")
            is_whole = len(parts) == width or (len(parts) == width + 1 and not parts[-1])
            if not is_whole:
                continue
            parts.append("")  # what stands for columns that are not there
            row = self._row(*fields(parts))
            if row is None:
                self.skipped += 1
            else:
                yield row
        if not is_whole:
            raise DirectoryRefused("The file is cut: its last line is not whole")

    def _line(self) -> str:
        """The next line with its end; empty at the end of the file."""
        try:
            line = self._lines.readline(_LONGEST_LINE)
        except UnicodeDecodeError as error:
            raise DirectoryRefused("The file is not UTF-8 text") from error
        if len(line) == _LONGEST_LINE:
            raise DirectoryRefused("The file has lines of a length that no extraction has")
        return line

    def _row(
        self,
        kind: str,
        address: str,
        title: str,
        family: str,
        given: str,
        holder: str,
        structure: str,
        legal_name: str,
        trade_name: str,
        service: str,
        profession: str,
        specialty: str,
        number: str,
        number_more: str,
        way: str,
        way_name: str,
        locality: str,
        dispatch: str,
        postal_code: str,
        department: str,
        country: str,
    ) -> Row | None:
        address = address.strip()
        try:
            key = parse_address(address).key
        except AddressSyntaxError:
            return None
        if not is_kind(kind):
            return None
        return Row(
            key,
            address,
            kind,
            title,
            family,
            given,
            holder,
            structure,
            trade_name or legal_name,
            legal_name if trade_name else "",
            service,
            profession,
            specialty,
            " ".join([part for part in (number, number_more, way, way_name, locality) if part]),
            postal_code,
            dispatch.removeprefix(postal_code).strip(),
            department,
            country,
            self._sectors.get(plain_number(structure), ""),
        )
