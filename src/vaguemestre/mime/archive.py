"""The ZIP format, read so strictly that every program would read the same. domain.md §3.

An archive says everything twice: once before each file (*local header*), once in the *central directory* at
its end. Attacks live where the two disagree, where files overlap, and in what neither names. So both must
agree, the files must lie side by side from the first octet to the directory, and the directory must be
followed by nothing but its own end. What programs write in earnest all passes; whatever else is
``BrokenArchiveError``.

Nothing is unpacked that the directory has not announced, and never more than that.
"""

import zlib
from collections.abc import Iterator
from struct import Struct
from typing import Final, NamedTuple

# PKWARE's APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.16, 4.3.14 and 4.3.15.
_LOCAL: Final = Struct("<4s5H3I2H")
_CENTRAL: Final = Struct("<4s6H3I5H2I")
_END: Final = Struct("<4s4H2IH")
_END_64: Final = Struct("<4sQ2H2I4Q")
_LOCATOR_64: Final = Struct("<4sIQI")
_EXTRA: Final = Struct("<2H")

_LOCAL_MARK: Final = b"PK\x03\x04"
_CENTRAL_MARK: Final = b"PK\x01\x02"
_END_MARK: Final = b"PK\x05\x06"
_LOCATOR_MARK: Final = b"PK\x06\x07"
_DESCRIPTOR_MARK: Final = b"PK\x07\x08"

TAIL: Final = _END.size + 0xFFFF
"""Octets at the end of a file in which an archive's own end stands, its comment included."""

_ENCRYPTED: Final = 0x0001
_DESCRIBED: Final = 0x0008  # sizes stand after the file
_STRONGLY_ENCRYPTED: Final = 0x0040
_UTF_8: Final = 0x0800
_MASKED: Final = 0x2000
_COMPARED: Final = _ENCRYPTED | _DESCRIBED | _STRONGLY_ENCRYPTED | _UTF_8
_AES: Final = 99
_STORED: Final = 0
_DEFLATED: Final = 8
_16: Final = 0xFFFF
_32: Final = 0xFFFFFFFF
_MOST: Final = (_16, _16, _32, _32)  # what the end record says of what it cannot say

_PIECE: Final = 256 * 1024  # octets unpacked at once
_LONGEST_NAME: Final = 1_000  # octets; what file systems take is a quarter of it


class BrokenArchiveError(Exception):
    """The archive cannot be read in one way only; the text says what is wrong with it."""


class CrowdedArchiveError(Exception):
    """It holds more files than are looked at: ``amount``."""

    def __init__(self, amount: int) -> None:
        super().__init__(amount)
        self.amount = amount


class Entry(NamedTuple):
    """One file of an archive; ``start`` and ``end`` bound its packed octets."""

    name: str
    method: int
    crc: int
    size: int
    start: int
    end: int
    is_encrypted: bool

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder's name and nothing else."""
        return self.name.endswith("/") and not self.size

    @property
    def is_packed_as_usual(self) -> bool:
        """Whether ``unpack`` knows the way it is packed."""
        return self.method in {_STORED, _DEFLATED}

    @property
    def is_astray(self) -> bool:
        """Whether its name leads out of the folder it would be unpacked in, or means two things."""
        parts = self.name.replace("\\", "/").split("/")
        return (
            "\\" in self.name
            or ".." in parts
            or parts[0] == ""
            or ":" in parts[0]
            or any(character < " " for character in self.name)
        )


class _Central(NamedTuple):
    """What the central directory says of one file."""

    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    name: bytes


def ends_as_archive(tail: bytes) -> bool:
    """Whether a file that ends so would be opened as an archive, whatever it begins with."""
    at = _end_of(tail)
    if at is None:
        return False
    count, length = _END.unpack_from(tail, at)[4:6]
    before = at - length
    return _has_locator(tail, at) or (count > 0 and (before < 0 or tail.startswith(_CENTRAL_MARK, before)))


def entries_of(octets: bytes, most: int) -> list[Entry]:
    """The files of an archive in the order they lie. Raises BrokenArchiveError, CrowdedArchiveError."""
    count, begin, end = _directory(octets)
    if count > most:
        raise CrowdedArchiveError(count)
    listed = []
    at = begin
    for _ in range(count):
        central, at = _central(octets, at, end)
        listed.append(central)
    if at != end:
        raise BrokenArchiveError("the directory does not end where it says")
    listed.sort(key=lambda central: central.offset)
    places = [*(central.offset for central in listed), begin]
    if places[0] != 0:
        raise BrokenArchiveError("something stands before the first file")
    entries = [_local(octets, central, after) for central, after in zip(listed, places[1:], strict=True)]
    names = {entry.name.casefold() for entry in entries}
    if len(names) < len(entries):
        raise BrokenArchiveError("two files have one name")
    return entries


def unpack(octets: bytes, entry: Entry) -> Iterator[bytes]:
    """The octets of one file, piece by piece, never more than announced. Raises BrokenArchiveError."""
    crc, size = 0, 0
    pieces = _inflated(octets, entry) if entry.method == _DEFLATED else _stored(octets, entry)
    for piece in pieces:
        size += len(piece)
        if size > entry.size:
            raise BrokenArchiveError("a file is larger than announced")
        crc = zlib.crc32(piece, crc)
        yield piece
    if size != entry.size:
        raise BrokenArchiveError("a file is smaller than announced")
    if crc != entry.crc:
        raise BrokenArchiveError("the checksum of a file is wrong")


def _stored(octets: bytes, entry: Entry) -> Iterator[bytes]:
    for at in range(entry.start, entry.end, _PIECE):
        yield octets[at : min(at + _PIECE, entry.end)]


def _inflated(octets: bytes, entry: Entry) -> Iterator[bytes]:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    at, waiting = entry.start, b""
    while not engine.eof:
        if not waiting:
            waiting = octets[at : min(at + _PIECE, entry.end)]
            at += len(waiting)
        try:
            piece = engine.decompress(waiting, _PIECE)
        except zlib.error as error:
            raise BrokenArchiveError("a file does not unpack") from error
        if not piece and not waiting and not engine.eof:
            raise BrokenArchiveError("a file is cut short")
        waiting = engine.unconsumed_tail
        if piece:
            yield piece
    if engine.unused_data or at < entry.end:
        raise BrokenArchiveError("something follows a file before it ends")


def _end_of(octets: bytes) -> int | None:
    """Where the end record stands: its comment runs to the last octet."""
    at = len(octets)
    lowest = max(0, at - TAIL)
    while (at := octets.rfind(_END_MARK, lowest, at)) >= 0:
        if at + _END.size <= len(octets) and at + _END.size + _END.unpack_from(octets, at)[7] == len(octets):
            return at
    return None


def _directory(octets: bytes) -> tuple[int, int, int]:
    """How many files the central directory names, where it begins and where it ends."""
    at = _end_of(octets)
    if at is None:
        raise BrokenArchiveError("the end of the archive is missing")
    _, disk, begun, *small, _ = _END.unpack_from(octets, at)
    if disk not in {0, _16} or begun not in {0, _16}:
        raise BrokenArchiveError("it is one part of several")
    end = at
    if _has_locator(octets, at):
        # Some programs write the large record when nothing is large: both must then say the same.
        end, *large = _directory_64(octets, at)
        if any(one not in {most, two} for one, two, most in zip(small, large, _MOST, strict=True)):
            raise BrokenArchiveError("the two ends of the archive disagree")
        small = large
    here, count, length, offset = small
    if here != count:
        raise BrokenArchiveError("it is one part of several")
    if offset + length != end:
        raise BrokenArchiveError("the directory is not where it is said to be")
    return count, offset, end


def _has_locator(octets: bytes, at: int) -> bool:
    """Whether an end record for large archives is named before the other."""
    return at >= _LOCATOR_64.size and octets.startswith(_LOCATOR_MARK, at - _LOCATOR_64.size)


def _directory_64(octets: bytes, at: int) -> tuple[int, int, int, int, int]:
    """The same from the records for large archives; first where they begin."""
    locator = at - _LOCATOR_64.size
    _, disk, place, disks = _LOCATOR_64.unpack_from(octets, locator)
    if disk or disks > 1 or place + _END_64.size > locator:
        raise BrokenArchiveError("it is one part of several")
    mark, size, _, _, mine, first, here, count, length, offset = _END_64.unpack_from(octets, place)
    if mark != b"PK\x06\x06" or place + 12 + size != locator or mine or first:
        raise BrokenArchiveError("the end of the archive is missing")
    return place, here, count, length, offset


def _central(octets: bytes, at: int, end: int) -> tuple[_Central, int]:
    """One record of the central directory, and where the next begins."""
    if at + _CENTRAL.size > end:
        raise BrokenArchiveError("the directory is cut short")
    mark, _, _, flags, method, _, _, crc, packed, size, named, extra, comment, disk, _, _, offset = (
        _CENTRAL.unpack_from(octets, at)
    )
    name_at = at + _CENTRAL.size
    extra_at = name_at + named
    after = extra_at + extra + comment
    if mark != _CENTRAL_MARK or after > end or disk not in {0, _16} or not 0 < named <= _LONGEST_NAME:
        raise BrokenArchiveError("the directory is not one")
    if _32 in {size, packed, offset}:
        size, packed, offset = _large(octets[extra_at : extra_at + extra], [size, packed, offset])
    name = octets[name_at:extra_at]
    return _Central(flags, method, crc, packed, size, offset, name), after


def _large(extra: bytes, values: list[int]) -> list[int]:
    """The values that did not fit into four octets, from the extra field 0x0001."""
    at = 0
    while at + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if kind == 1:
            field = extra[at : at + length]
            wanted = [number for number, value in enumerate(values) if value == _32]
            if len(field) < 8 * len(wanted):
                break
            for place, number in enumerate(wanted):
                values[number] = int.from_bytes(field[8 * place : 8 * place + 8], "little")
            return values
        at += length
    raise BrokenArchiveError("the size of a file is missing")


def _local(octets: bytes, central: _Central, after: int) -> Entry:
    """The file itself, where its own header says the same as the directory, up to the next one."""
    at = central.offset
    if at + _LOCAL.size > after:
        raise BrokenArchiveError("files lie one over another")
    mark, _, flags, method, _, _, crc, packed, size, named, extra = _LOCAL.unpack_from(octets, at)
    name_at = at + _LOCAL.size
    start = name_at + named + extra
    end = start + central.packed
    if mark != _LOCAL_MARK or end > after:
        raise BrokenArchiveError("files lie one over another")
    if octets[name_at : name_at + named] != central.name or method != central.method:
        raise BrokenArchiveError("a file is not what the directory says")
    if (flags ^ central.flags) & _COMPARED:
        raise BrokenArchiveError("a file is not what the directory says")
    if _32 in {size, packed}:
        size, packed = _large(octets[name_at + named : start], [size, packed])
    unsaid = flags & _DESCRIBED and not (crc or packed or size)
    if not unsaid and not flags & _MASKED and (crc, packed, size) != central[2:5]:
        raise BrokenArchiveError("a file is not what the directory says")
    if end != after and not (flags & _DESCRIBED and _describes(octets[end:after], central)):
        raise BrokenArchiveError("something stands between two files")
    is_encrypted = bool(flags & (_ENCRYPTED | _STRONGLY_ENCRYPTED | _MASKED)) or method == _AES
    name = central.name.decode("utf-8" if flags & _UTF_8 else "cp437", "replace")
    return Entry(name, method, central.crc, central.size, start, end, is_encrypted)


def _describes(octets: bytes, central: _Central) -> bool:
    """Whether this is the data descriptor of a file: its checksum and sizes, of four or eight octets each."""
    octets = octets.removeprefix(_DESCRIPTOR_MARK) if len(octets) in {16, 24} else octets
    if len(octets) not in {12, 20}:
        return False
    wide = (len(octets) - 4) // 2
    said = (octets[:4], octets[4 : 4 + wide], octets[4 + wide :])
    return [int.from_bytes(value, "little") for value in said] == [central.crc, central.packed, central.size]
