"""An archive of a few kilobytes that would unpack to a gigabyte: refused, never unpacked. domain.md §3.

A PDF that says it is compressed is not decompressed at all: it travels as it is, sealed like any attachment.
"""

import io
import zipfile
import zlib
from base64 import encodebytes
from pathlib import Path

from tests.support.archives import overlapping_zip
from tests.support.attacked import memory_within
from tests.support.builders import DOCTOR
from tests.support.practice import a_practice, send

MEGABYTE = 2**20
UNPACKED = 256 * MEGABYTE


def a_zip(member: str, times: int = 1) -> bytes:
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(times):
            with archive.open(f"{number}/{member}", "w") as file:
                for _ in range(UNPACKED // times // MEGABYTE):
                    file.write(bytes(MEGABYTE))
    return octets.getvalue()


def a_letter_with(name: str, kind: str, octets: bytes) -> bytes:
    header = (
        f"From: {DOCTOR}\r\nMessage-ID: <{name}@x.example>\r\nContent-Type: {kind}; name={name}\r\n"
        f"Content-Disposition: attachment; filename={name}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    return header.encode() + encodebytes(octets).replace(b"\n", b"\r\n")


async def test_nothing_unpacks_what_comes(tmp_path: Path) -> None:
    one = a_zip("DOC0001.XML")
    page = zlib.compress(bytes(UNPACKED))
    pdf = b"%%PDF-1.7\n1 0 obj\n<</Filter/FlateDecode/Length %d>>stream\n" % len(page) + page
    bombs = [
        (a_letter_with("bomb.zip", "application/zip", one), b"unpacks to 268.5 MB, limit 100 MB"),
        (
            a_letter_with("IHE_XDM.zip", "application/zip", a_zip("METADATA.XML", times=64)),
            b"unpacks to 268.5 MB, limit 100 MB",
        ),
        (
            a_letter_with("same.zip", "application/zip", overlapping_zip(64, MEGABYTE)),
            b"is damaged or hides an archive",
        ),
        (
            a_letter_with("bomb.gz", "application/gzip", zlib.compress(bytes(UNPACKED), wbits=31)),
            b"is an archive that cannot be examined",
        ),
    ]
    harmless = a_letter_with("bomb.pdf", "application/pdf", pdf)
    async with a_practice(tmp_path) as practice, practice.sender() as client:
        with memory_within(16 * MEGABYTE):
            for letter, sentence in bombs:
                assert len(letter) < 2 * MEGABYTE
                assert sentence in await send(client, letter)
            assert (await send(client, harmless)).startswith(b"250 ")
        (received,) = await practice.received()
        assert received.endswith(harmless)
