"""Draws one page of one document, and ends: the process beside of ``pictures.apart``. domain.md §3.

PDFium (without its JavaScript and forms) draws pages, Pillow opens pictures and writes ours. The picture that
is handed back is made of pixels on a white sheet: no profile, no comment, no place where it was taken.
Whatever goes wrong here ends the process, and whoever waits says that there is no picture.
"""

import ctypes
import io
import json
import math
import os
import resource
import sys
from typing import Final, NamedTuple

import pypdfium2
from PIL import Image, ImageDraw, ImageFont, ImageOps

_LOWEST: Final = 19
_MEMORY: Final = 768 * 1024 * 1024  # octets of address space, the libraries' own 200 MB included
_SECONDS: Final = 15  # of CPU
_FILES: Final = 32
_WIDE, _HIGH = 1200, 1700  # pixels: an A4 page is read without a glass
_LARGEST_SCALE: Final = 4.0
_MOST_PIXELS: Final = 60_000_000  # of what is opened: a large camera's, 180 MB in memory
_MOST_FRAMES: Final = 500
_MOST_WORDS: Final = 20_000  # characters
_FORMATS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/gif": "GIF", "image/tiff": "TIFF"}
_MARK_EVERY: Final = (420, 170)
_MARK: Final = (128, 128, 128, 90)
_PR_SET_NO_NEW_PRIVS: Final = 38


class Drawn(NamedTuple):
    """A page, how many there are, and its words."""

    image: Image.Image
    pages: int
    words: str


def main() -> None:
    """One line says what is wanted, the rest is the document."""
    _give_up_rights()
    kind, page, mark = json.loads(sys.stdin.buffer.readline())
    octets = sys.stdin.buffer.read()
    found = _of_pdf(octets, page) if kind == "application/pdf" else _of_image(octets, kind, page)
    drawn = marked(found.image, mark)
    told = json.dumps([drawn.width, drawn.height, found.pages, found.words])
    sys.stdout.buffer.write(told.encode() + b"\n" + _png(drawn))


def _give_up_rights() -> None:
    os.nice(_LOWEST)
    limits = {
        resource.RLIMIT_AS: _MEMORY,
        resource.RLIMIT_CPU: _SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: _FILES,
        resource.RLIMIT_CORE: 0,
    }
    for limit, most in limits.items():
        resource.setrlimit(limit, (most, most))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _of_pdf(octets: bytes, number: int) -> Drawn:
    document = pypdfium2.PdfDocument(octets)  # type: ignore[no-untyped-call] # it publishes no types
    page = document[number]
    wide, high = page.get_size()
    if not (math.isfinite(wide) and math.isfinite(high) and wide > 0 and high > 0):
        raise ValueError("a page without a size")
    scale = min(_WIDE / wide, _HIGH / high, _LARGEST_SCALE)
    image = page.render(scale=scale, may_draw_forms=False).to_pil()
    words = page.get_textpage().get_text_range(0, -1)[:_MOST_WORDS]
    return Drawn(image, len(document), words.replace("\0", ""))


def _of_image(octets: bytes, kind: str, number: int) -> Drawn:
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    image = Image.open(io.BytesIO(octets), formats=[_FORMATS[kind]])
    if image.width * image.height > _MOST_PIXELS:
        raise ValueError("too many pixels")
    frames = min(int(getattr(image, "n_frames", 1)), _MOST_FRAMES)
    if number:
        image.seek(number)
    image.draft("RGB", (_WIDE, _HIGH))
    image.thumbnail((_WIDE, _HIGH))
    return Drawn(ImageOps.exif_transpose(image), frames, "")


def marked(image: Image.Image, mark: str) -> Image.Image:
    """On a white sheet, with the mark across it, again and again."""
    found = image.convert("RGBA")
    sheet = Image.new("RGBA", found.size, "white")
    sheet.alpha_composite(found)
    side = math.ceil(math.hypot(*found.size))
    across = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    pen, letters = ImageDraw.Draw(across), ImageFont.load_default(20)
    for row, down in enumerate(range(0, side, _MARK_EVERY[1])):
        for at in range(-(row % 2) * _MARK_EVERY[0] // 2, side, _MARK_EVERY[0]):
            pen.text((at, down), mark, fill=_MARK, font=letters)
    turned = across.rotate(24)
    left, top = (side - found.width) // 2, (side - found.height) // 2
    sheet.alpha_composite(turned.crop((left, top, left + found.width, top + found.height)))
    return sheet.convert("RGB")


def _png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "PNG", compress_level=6)
    return written.getvalue()


if __name__ == "__main__":
    main()
