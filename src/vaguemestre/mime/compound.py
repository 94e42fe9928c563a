"""Compound files, the form of .doc, .xls, .ppt and .msi: what their directory tells, met while they go by.

[MS-CFB] 2.6.1: a directory entry is 128 octets, and lies at a multiple of 128 wherever its sector does. So
every entry is met in one pass without following the chains of sectors, which an attacker writes as he
likes; entries that no chain reaches count too. A macro is known by the streams that Office itself looks for
([MS-OVBA] 2.2, [MS-PPT] 2.4.10, [MS-XLS] 2.4.28), an encrypted document by its package ([MS-OFFCRYPTO]
1.3.2).

A library that parses macros (oletools) was weighed: it reads whole files by name from disk, and says a
hundred things of which a rule needs two.
"""

import re
from typing import Final

from vaguemestre.mail.examined import Flaw

_ENTRY: Final = 128
_STRIDE: Final = 64 * 1024  # octets looked at together; a multiple of _ENTRY
_OVERLAP: Final = 512  # octets looked at again: a record cut between two strides

_STORAGES: Final = frozenset({1, 2, 5})  # [MS-CFB] 2.6.1: storage, stream, root


def _entry_name(name: str) -> bytes:
    return name.encode("utf-16-le")


_NAMES: Final = {
    _entry_name("_VBA_PROJECT"): Flaw.MACRO,
    _entry_name("_VBA_PROJECT_CUR"): Flaw.MACRO,
    _entry_name("EncryptedPackage"): Flaw.ENCRYPTED,
}
_ANY_NAME: Final = re.compile(b"|".join(re.escape(name) for name in _NAMES))
# The class of a root entry, at its octet 80: {000C1084-0000-0000-C000-000000000046}, an installer.
_INSTALLER: Final = bytes.fromhex("84100c0000000000c000000000000046")
_CLASS_AT: Final = 80
# [MS-PPT] 2.4.10: a VBAInfoContainer and its one atom, whose second value says there are macros.
_SLIDES: Final = re.compile(rb"\x0f\0\xff\x03\x14\0\0\0\x02\0\0\x04\x0c\0\0\0....\x01\0\0\0", re.DOTALL)
# [MS-XLS] 2.4.28: BoundSheet8 = 0x0085, size, lbPlyPos, hsState, dt = 1 (macros), name's length and form.
_SHEETS: Final = re.compile(rb"\x85\0(.)\0....[\0-\x02]\x01([\x01-\x1f])([\0\x01])", re.DOTALL)


class CompoundReader:
    """Feed it the octets of one file, in any pieces, then read ``flaws``. Memory is one stride."""

    __slots__ = ("_waiting", "flaws")

    def __init__(self) -> None:
        self.flaws: set[Flaw] = set()
        self._waiting = bytearray()

    def feed(self, octets: bytes) -> None:
        """Take the next octets."""
        self._waiting += octets
        while len(self._waiting) >= _STRIDE + _OVERLAP:
            self._look(bytes(self._waiting[: _STRIDE + _OVERLAP]))
            del self._waiting[:_STRIDE]

    def finish(self) -> None:
        """The file is whole."""
        self._look(bytes(self._waiting))

    def _look(self, octets: bytes) -> None:
        for match in _ANY_NAME.finditer(octets):
            if match.start() % _ENTRY == 0:
                self._entry(octets[match.start() : match.start() + _ENTRY])
        at = octets.find(_INSTALLER)
        while at >= 0:
            if at % _ENTRY == _CLASS_AT and octets.startswith(_entry_name("Root Entry"), at - _CLASS_AT):
                self.flaws.add(Flaw.PROGRAM)
            at = octets.find(_INSTALLER, at + 1)
        if _SLIDES.search(octets) or any(map(_is_sheet, _SHEETS.finditer(octets))):
            self.flaws.add(Flaw.MACRO)

    def _entry(self, entry: bytes) -> None:
        """[MS-CFB] 2.6.1: the name in 64 octets, its length with the final NUL, the kind of object."""
        name = entry[:64].partition(b"\0\0\0")[0]
        name += b"\0" * (len(name) % 2)
        kind = entry[66] if len(entry) > 66 else 0
        length = int.from_bytes(entry[64:66], "little")
        if kind in _STORAGES and length == len(name) + 2 and name in _NAMES:
            self.flaws.add(_NAMES[name])


def _is_sheet(match: re.Match[bytes]) -> bool:
    """The record is as long as its name asks: one octet a letter, or two."""
    size, letters, is_wide = match[1][0], match[2][0], match[3][0]
    return size == 8 + letters * (1 + is_wide)
