"""Documents are drawn apart from the sessions: ``service.ports.pictures.Pictures``. domain.md §3.

Readers of PDF and pictures are large programs in C, and what they read here comes from strangers. So each
page is drawn by a process that lives for it alone: it is given the octets and no settings, no environment, no
file to write to, and little time and memory. What it hands back is pixels.
"""

import asyncio
import json
import os
import sys
from typing import Final

from vaguemestre.service.ports.pictures import Picture, PictureRefused, PicturesBusyError

KINDS: Final = frozenset({"application/pdf", "image/jpeg", "image/png", "image/gif", "image/tiff"})
_PATIENCE: Final = 20.0  # seconds; a page takes half of one, with the start of the process
_AT_ONCE: Final = 2
_LARGEST: Final = 64 * 1024 * 1024  # octets of a picture of ours; an A4 page has half a million
_READER: Final = "vaguemestre.pictures.drawing"


class ApartPictures:
    """Two at once; the others wait for their turn."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_ONCE)

    @property
    def kinds(self) -> frozenset[str]:
        """Not HEIC, which no library of ours reads, and never SVG, which is a program."""
        return KINDS

    async def draw(self, octets: bytes, kind: str, page: int, mark: str) -> Picture:
        """A page, from 0 on, with ``mark`` across it. Raises PictureRefused, PicturesBusyError."""
        if kind not in KINDS or page < 0:
            raise PictureRefused(kind)
        asked = json.dumps([kind, page, mark]).encode() + b"\n" + octets
        async with self._turns:
            answer = await self._asked(asked)
        line, _, drawn = answer.partition(b"\n")
        if not line or len(drawn) > _LARGEST:
            raise PictureRefused(kind)
        width, height, pages, words = json.loads(line)
        return Picture(drawn, width, height, pages, words)

    async def _asked(self, asked: bytes) -> bytes:
        """What the process said; nothing when it could not, whatever stood in its way."""
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                _READER,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={"PYTHONPATH": os.pathsep.join(sys.path)},
            )
        except OSError as error:
            raise PicturesBusyError(str(error)) from error
        try:
            async with asyncio.timeout(_PATIENCE):
                answer, _ = await process.communicate(asked)
        except TimeoutError:
            return b""
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return b"" if process.returncode else answer
