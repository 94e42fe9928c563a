"""Archives and documents as programs write them, and as attackers do. All of it is made here."""

import io
import struct
import zipfile
from collections.abc import Mapping

PROGRAM = b"MZ\x90\0\x03\0\0\0" + bytes(200)
MEGABYTE = 1_000_000


def a_zip(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An ordinary one."""
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return octets.getvalue()


def a_streamed_zip(files: Mapping[str, bytes]) -> bytes:
    """As programs write that do not know the sizes beforehand: a descriptor follows each file."""

    class Pipe(io.RawIOBase):
        """Nobody can go back in it."""

        def __init__(self) -> None:
            self.octets = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, octets: object) -> int:
            data = bytes(octets)  # type: ignore[call-overload]  # whatever buffer zipfile hands over
            self.octets += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return bytes(pipe.octets)


def a_document(extra: Mapping[str, bytes] = {}) -> bytes:
    """A document of Office, in the form of OOXML."""
    return a_zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<document/>", **extra})


def a_compound_file(*names: str, kind: int = 2) -> bytes:
    """The header of a compound file, and a directory that names these."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)
    return header + b"".join(directory_entry(name, kind) for name in ("Root Entry", *names))


def directory_entry(name: str, kind: int = 2, class_: bytes = bytes(16)) -> bytes:
    """One entry, of 128 octets."""
    spelled = name.encode("utf-16-le")
    return (
        spelled.ljust(64, b"\0")
        + struct.pack("<HBB", len(spelled) + 2, kind, 1)
        + bytes(12)
        + class_
        + bytes(32)
    )


def overlapping_zip(times: int, size: int) -> bytes:
    """Many names that lead to the same packed octets, as in the better zip bomb."""
    octets = bytearray(a_zip({"0": bytes(size)}))
    end = octets.rfind(b"PK\x05\x06")
    begin = octets.rfind(b"PK\x01\x02")
    record = bytes(octets[begin:end])
    names = bytearray()
    for number in range(times):
        names += record[:46] + str(number % 10).encode() + record[47:]
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, times, times, len(names), begin, 0)
    return bytes(octets[:begin]) + bytes(names) + tail
