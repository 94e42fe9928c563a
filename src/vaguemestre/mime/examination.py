"""Opens one attachment, all of whose octets are there, and says what was found. domain.md §3.

Nothing goes to disk. Files inside are unpacked piece by piece and forgotten, but documents of Office
(archives themselves), held one inside the other to a depth. What is unpacked is counted over all depths, so
that a thousand small bombs are one large one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from vaguemestre.mail.examined import Finding, Flaw
from vaguemestre.mail.health_document import HealthDocument
from vaguemestre.mail.media_types import CLOSED_ARCHIVES, PROGRAMS, UNEXAMINED, ZIP
from vaguemestre.mime.archive import (
    TAIL,
    BrokenArchiveError,
    CrowdedArchiveError,
    Entry,
    ends_as_archive,
    entries_of,
    unpack,
)
from vaguemestre.mime.cda import read_cda
from vaguemestre.mime.compound import CompoundReader
from vaguemestre.mime.detect import UNKNOWN, detect_type, judged_by_name
from vaguemestre.mime.hl7v2 import read_hl7v2
from vaguemestre.mime.xdm import read_xdm

COMPOUND: Final = "application/x-ole-storage"
_TEXTS: Final = frozenset({"application/xml", "text/plain"})  # what health documents are written in

_SAMPLE: Final = 6 * 1024  # octets a type is judged by
_STRIDE: Final = 64 * 1024
_LONGEST_NAME: Final = 60  # characters of a name that a refusal quotes
_RATIO_FROM: Final = 1_000_000  # octets; below, no ratio does harm
_DEEPEST: Final = 3  # a sheet in a document in an archive
_LARGEST_INNER: Final = 16_000_000  # octets of a document inside an archive, held in memory

# ISO 9660: the first volume descriptor stands in sector 16, its mark one octet later.
DISC_AT: Final = 32_769
_DISC_MARK: Final = b"CD001"

_XDM: Final = re.compile(r"IHE_XDM/[^/]+/METADATA\.XML", re.IGNORECASE)
_OFFICE: Final = "[content_types].xml"
_OPEN_DOCUMENT: Final = "mimetype"
_MACRO_NAMES: Final = re.compile(r"(?:.*/)?vbaproject\.bin|xl/macrosheets/.*", re.IGNORECASE)
_OPEN_MACRO_NAMES: Final = re.compile(r"(?:basic|scripts)/.+", re.IGNORECASE)
_MACRO_TYPES: Final = re.compile(rb"macroEnabled|ms-office\.vbaProject", re.IGNORECASE)
_ENCRYPTION: Final = b"encryption-data"


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far archives are opened: octets they unpack to, that over their own size, and files in each."""

    unpacked: int = 100_000_000
    ratio: int = 100
    entries: int = 2_000


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found. ``is_xdm``: an archive of health documents in the form of IHE XDM (domain.md §4)."""

    findings: tuple[Finding, ...] = ()
    is_xdm: bool = False
    documents: tuple[HealthDocument, ...] = ()


# By their beginning: refused whatever follows.
_JUDGED: Final = PROGRAMS | CLOSED_ARCHIVES | {UNEXAMINED}
_OPENED: Final = frozenset({ZIP, COMPOUND, UNKNOWN}) | _TEXTS


def is_to_be_opened(detected_type: str) -> bool:
    """Whether ``examine`` could find anything in such an attachment that its beginning has not told."""
    return detected_type not in _JUDGED


def tail_suffices(detected_type: str) -> bool:
    """Whether the last ``TAIL`` octets tell all of it: of a PDF or a picture, which are most attachments."""
    return detected_type not in _JUDGED and detected_type not in _OPENED


def examine_ending(octets: bytes, *, is_whole: bool) -> Examined:
    """What a file that is no archive by its beginning is by its end, or within where all of it is there."""
    if is_whole and octets.startswith(_DISC_MARK, DISC_AT):
        return Examined((Finding(Flaw.CLOSED),))
    return Examined((Finding(Flaw.BROKEN),)) if ends_as_archive(octets[-TAIL:]) else Examined()


def examine(octets: bytes, detected_type: str, bounds: Bounds) -> Examined:
    """What is in these octets, all those of one attachment. Never raises."""
    examination = _Examination(bounds)
    is_xdm = examination.whole(octets, detected_type)
    return Examined(tuple(examination.found.values()), is_xdm, tuple(examination.documents))


class _Examination:
    """Of one attachment."""

    def __init__(self, bounds: Bounds) -> None:
        self.found: dict[Flaw, Finding] = {}
        self.documents: list[HealthDocument] = []
        self._bounds = bounds
        self._unpacked = 0

    def whole(self, octets: bytes, detected_type: str) -> bool:
        """The attachment itself; whether it is an XDM."""
        if detected_type == ZIP:
            names = self._archive(octets, "", 1)
            return any(map(_XDM.fullmatch, names))
        if detected_type == COMPOUND:
            reader = CompoundReader()
            for at in range(0, len(octets), _STRIDE):
                reader.feed(octets[at : at + _STRIDE])
            self._compound(reader, "")
        elif found := examine_ending(octets, is_whole=True).findings:
            self._note(found[0].flaw)
        elif detected_type in _TEXTS:
            self._document(octets, "")
        return False

    def _note(self, flaw: Flaw, where: str = "", amount: int = 0, limit: int = 0) -> None:
        self.found.setdefault(flaw, Finding(flaw, where[:_LONGEST_NAME], amount, limit))

    def _archive(self, octets: bytes, where: str, depth: int) -> list[str]:
        """An archive; the names in it, empty when it was not opened."""
        try:
            entries = entries_of(octets, self._bounds.entries)
        except BrokenArchiveError:
            self._note(Flaw.BROKEN, where)
            return []
        except CrowdedArchiveError as crowded:
            self._note(Flaw.ENTRIES, where, crowded.amount, self._bounds.entries)
            return []
        names = [entry.name for entry in entries]
        is_office = _is_office(names)
        if depth > 1 and not is_office:
            self._note(Flaw.NESTED, where)
            return []
        if self._has_room(octets, where, entries):
            for entry in entries:
                self._entry(octets, entry, depth, is_office)
        return names

    def _has_room(self, octets: bytes, where: str, entries: Iterable[Entry]) -> bool:
        """Whether all of it may be unpacked; as announced, and no file may be larger than announced."""
        size = sum(entry.size for entry in entries)
        self._unpacked += size
        if self._unpacked > self._bounds.unpacked:
            self._note(Flaw.SIZE, where, self._unpacked, self._bounds.unpacked)
            return False
        if size > _RATIO_FROM and size > self._bounds.ratio * len(octets):
            self._note(Flaw.RATIO, where, size // len(octets), self._bounds.ratio)
            return False
        return True

    def _entry(self, octets: bytes, entry: Entry, depth: int, is_office: bool) -> None:
        if entry.is_astray:
            self._note(Flaw.BROKEN, entry.name)
        if is_office and _is_macro(entry.name):
            self._note(Flaw.MACRO, entry.name)
        if entry.is_encrypted:
            self._note(Flaw.ENCRYPTED, entry.name)
        elif not entry.is_packed_as_usual:
            self._note(Flaw.CLOSED, entry.name)
        elif not entry.is_folder:
            try:
                self._file(octets, entry, depth, is_office)
            except BrokenArchiveError:
                self._note(Flaw.BROKEN, entry.name)

    def _file(self, octets: bytes, entry: Entry, depth: int, is_office: bool) -> None:
        """Unpack one file to its end, whatever it is: its checksum counts."""
        pieces = unpack(octets, entry)
        first = next(pieces, b"")
        detected = judged_by_name(detect_type(first[:_SAMPLE]), entry.name)
        if first[DISC_AT:].startswith(_DISC_MARK):
            detected = "application/x-iso9660-image"
        kept = bytearray()
        reader: CompoundReader | None = None
        if detected in PROGRAMS:
            self._note(Flaw.PROGRAM, entry.name)
        elif detected in CLOSED_ARCHIVES:
            self._note(Flaw.NESTED, entry.name)
        elif detected == COMPOUND:
            reader = CompoundReader()
            reader.feed(first)
        elif detected in _TEXTS and not is_office:
            kept += first
        elif detected == ZIP:
            if depth < _DEEPEST and entry.size <= _LARGEST_INNER:
                kept += first
            else:
                self._note(Flaw.NESTED, entry.name)
        is_listed = is_office and entry.name.lower() in {_OFFICE, "meta-inf/manifest.xml"}
        if is_listed:
            self._list(first, entry.name)
        for piece in pieces:
            if kept and len(kept) < _LARGEST_INNER:
                kept += piece
            if reader is not None:
                reader.feed(piece)
        if reader is not None:
            self._compound(reader, entry.name)
        if kept and detected == ZIP:
            self._archive(bytes(kept), entry.name, depth + 1)
        elif kept:
            self._document(bytes(kept), entry.name)

    def _document(self, octets: bytes, where: str) -> None:
        """A health document, or any text."""
        name = where[:_LONGEST_NAME]
        if _XDM.fullmatch(where):
            self.documents += read_xdm(octets, name)
            return
        found = read_hl7v2(octets, name) or read_cda(octets, name)
        if found is not None:
            self.documents.append(found)

    def _list(self, octets: bytes, name: str) -> None:
        """The list of parts of a document of Office says what is a macro, and what is encrypted."""
        if _MACRO_TYPES.search(octets.replace(b"\0", b"")):
            self._note(Flaw.MACRO, name)
        if _ENCRYPTION in octets:
            self._note(Flaw.ENCRYPTED, name)

    def _compound(self, reader: CompoundReader, where: str) -> None:
        reader.finish()
        for flaw in reader.flaws:
            self._note(flaw, where)


def _is_office(names: Iterable[str]) -> bool:
    lowered = {name.lower() for name in names}
    return _OFFICE in lowered or _OPEN_DOCUMENT in lowered


def _is_macro(name: str) -> bool:
    return bool(_MACRO_NAMES.fullmatch(name) or _OPEN_MACRO_NAMES.fullmatch(name))
