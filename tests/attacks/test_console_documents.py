"""Attachments made to hurt whoever previews them: nothing of them runs, leaves, or holds the server."""

import asyncio
import io
import zlib
from typing import Final

import pytest
from PIL import Image
from tests.support.console_letter import a_pdf

from vaguemestre.console.letter import SUSPECT, letter, part_of
from vaguemestre.pictures.apart import ApartPictures
from vaguemestre.service.ports.pictures import Picture, PictureRefused

MARK: Final = "anna · 22/11/2026 13:01 · 1"


def a_picture(kind: str, size: tuple[int, int] = (40, 30), **written: object) -> bytes:
    octets = io.BytesIO()
    Image.new("RGB", size, "red").save(octets, kind, **written)
    return octets.getvalue()


def a_vast_png() -> bytes:
    """60,000 × 60,000 pixels in some kilobytes."""

    def chunk(name: bytes, held: bytes) -> bytes:
        checked = zlib.crc32(name + held)
        return len(held).to_bytes(4, "big") + name + held + checked.to_bytes(4, "big")

    side = (60_000).to_bytes(4, "big")
    head = chunk(b"IHDR", side + side + bytes((8, 2, 0, 0, 0)))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(1_000_000))) + chunk(b"IEND", b"")


def a_tiff_that_turns_in_circles() -> bytes:
    """Its only directory names itself as the next one."""
    octets = bytearray(a_picture("TIFF"))
    start = int.from_bytes(octets[4:8], "little")
    entries = int.from_bytes(octets[start : start + 2], "little")
    after = start + 2 + 12 * entries
    octets[after : after + 4] = start.to_bytes(4, "little")
    return bytes(octets)


async def drawn(pictures: ApartPictures, octets: bytes, kind: str, page: int = 0) -> Picture | None:
    """None when there is no picture, which is an answer too."""
    try:
        return await pictures.draw(octets, kind, page, MARK)
    except PictureRefused:
        return None


def test_nothing_in_a_document_runs_or_leaves_and_what_cannot_be_drawn_is_refused() -> None:
    asyncio.run(nothing_runs_or_leaves())  # no door is at stake: one loop is enough


async def nothing_runs_or_leaves() -> None:
    called: list[object] = []

    def somebody(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append(writer.get_extra_info("peername"))
        writer.close()

    listener = await asyncio.start_server(somebody, "127.0.0.1", 0)
    spy = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/"
    launches = f"/S /JavaScript /JS (app.launchURL\\({spy}\\))"
    opens = f"/OpenAction << /S /URI /URI ({spy}) >> /AA << /WC << {launches} >> >>"
    runs = "/OpenAction << /S /JavaScript /JS (while \\(true\\) {}) >>"
    asks: dict[str, tuple[bytes, str, bool]] = {
        "a URI": (a_pdf(catalog=opens), "application/pdf", True),
        "a loop in JavaScript": (a_pdf(catalog=runs), "application/pdf", True),
        "a program": (a_pdf(catalog="/OpenAction << /S /Launch /F (/bin/sh) >>"), "application/pdf", True),
        "no size": (a_pdf(box="0 0 0 0"), "application/pdf", True),  # PDFium takes a sheet of its own
        "a vast page": (a_pdf(box="0 0 99999999 99999999"), "application/pdf", True),
        "a strip": (a_pdf(box="0 0 1 14400"), "application/pdf", True),
        "itself as parent": (
            a_pdf(page="/Kids [3 0 R]").replace(b"[3 0 R] /Count 1", b"[2 0 R] /Count 9"),
            "application/pdf",
            False,
        ),
        "a cut": (a_pdf()[:200], "application/pdf", False),
        "a page called a picture": (b"<html><script>alert(1)</script>", "image/png", False),
        "SVG called PNG": (
            b"<svg onload='alert(1)' xmlns='http://www.w3.org/2000/svg'/>",
            "image/png",
            False,
        ),
        "a vast picture": (a_vast_png(), "image/png", False),
        "a circle": (a_tiff_that_turns_in_circles(), "image/tiff", True),
        "EPS called JPEG": (
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run",
            "image/jpeg",
            False,
        ),
    }
    async with listener:
        pictures = ApartPictures()
        found = await asyncio.gather(*(drawn(pictures, octets, kind) for octets, kind, _ in asks.values()))
    told = {name: picture is not None for name, picture in zip(asks, found, strict=True)}
    assert told == {name: is_drawn for name, (_, _, is_drawn) in asks.items()}
    assert not called
    for picture in filter(None, found):
        assert picture.octets.startswith(b"\x89PNG")
        assert picture.width <= 1200
        assert picture.height <= 1700


def test_a_picture_is_new_pixels_with_a_mark_and_without_what_the_camera_wrote() -> None:
    asyncio.run(new_pixels())


async def new_pixels() -> None:
    pictures = ApartPictures()
    exif = Image.Exif()
    exif[0x010E] = "48.8584, 2.2945"
    shot = await pictures.draw(
        a_picture("JPEG", (400, 300), exif=exif, comment=b"Madame Exemple"), "image/jpeg", 0, MARK
    )
    assert b"48.8584" not in shot.octets
    assert b"Exemple" not in shot.octets
    seen = Image.open(io.BytesIO(shot.octets))
    assert seen.info == {}
    assert len(seen.getcolors(100_000) or ()) > 1  # it was all red: the mark is in it
    page = await pictures.draw(a_pdf(), "application/pdf", 0, MARK)
    assert page.words.strip() == "Tension 13/8"
    assert page.pages == 1
    for octets, kind, number in (
        (a_pdf(), "application/pdf", 7),
        (a_pdf(), "image/svg+xml", 0),
        (a_pdf(), "application/pdf", -1),
    ):
        with pytest.raises(PictureRefused):
            await pictures.draw(octets, kind, number, MARK)


def a_message(name: str, declared: str, octets: bytes) -> bytes:
    head = (
        f'Content-Type: {declared}; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n'
    )
    return head.encode() + b"Content-Transfer-Encoding: binary\r\n\r\n" + octets


@pytest.mark.parametrize(
    ("name", "declared", "octets", "detected", "is_accepted"),
    [
        ("a.pdf", "application/pdf", b"MZ\x90\0program", "application/x-msdownload", False),
        ("a.pdf", "application/pdf", a_pdf(), "application/pdf", True),
        ("a.png", "image/png", b"<svg onload='x()'></svg>", "image/svg+xml", True),
        ("a.txt", "text/plain", b"<html><script>x()</script>", "text/html", True),
        ("a.bat", "text/plain", b"del *.*", "application/x-script", False),
        ("a.png", "image/png", a_pdf(), "application/pdf", True),
    ],
)
def test_what_an_attachment_says_it_is_decides_nothing(
    name: str, declared: str, octets: bytes, detected: str, is_accepted: bool
) -> None:
    message = a_message(name, declared, octets)
    (judged,) = letter(message).attachments
    assert (judged.attachment.detected_type, judged.is_accepted) == (detected, is_accepted)
    part = part_of(message, 0)
    assert part is not None
    assert part.octets == octets
    assert part.name == (name if is_accepted else name + SUSPECT)
    assert part_of(message, 1) is None
    assert part_of(message, -1) is None
