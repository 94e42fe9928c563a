"""The daemon of ClamAV, asked by its INSTREAM command: clamd(8), «COMMANDS».

``zINSTREAM`` and NUL, then chunks, each after its length in four octets of network order, then a length of
nought; the answer ends in NUL: ``stream: OK``, ``stream: <name> FOUND``, or anything else, which is no
verdict. clamd gives up on a stream longer than its StreamMaxLength, so that has to be larger than a message
may be.

A client of our own: the maintained ones read whole files, or speak from threads. What is said here is forty
lines.
"""

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import structlog

from vaguemestre.service.ports.antivirus import AntivirusDownError

_COMMAND: Final = b"zINSTREAM\0"
_END: Final = bytes(4)
_LONGEST_ANSWER: Final = 4_096  # octets; a path and the name of a signature
_CLEAN: Final = "stream: OK"
_FOUND: Final = re.compile(r"stream: (?P<name>.{1,200}) FOUND")

_log = structlog.get_logger()


class Clamd:
    """One daemon, by its Unix socket or its host and port. ``timeout``: seconds for a whole message."""

    def __init__(self, place: Path | tuple[str, int], connections: int, timeout: float) -> None:
        self._place = place
        self._timeout = timeout
        self._turns = asyncio.Semaphore(connections)

    async def scan(self, octets: Iterable[bytes]) -> str | None:
        """See ``service.ports.antivirus.Antivirus``."""
        try:
            async with asyncio.timeout(self._timeout), self._turns:
                answer = await self._ask(octets)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            _log.warning("antivirus_down", error=type(error).__name__)
            raise AntivirusDownError from error
        match = _FOUND.fullmatch(answer)
        if match is not None:
            return match["name"]
        if answer != _CLEAN:
            _log.warning("antivirus_down", answer=answer[:200])
            raise AntivirusDownError
        return None

    async def _ask(self, octets: Iterable[bytes]) -> str:
        if isinstance(self._place, Path):
            reader, writer = await asyncio.open_unix_connection(str(self._place), limit=_LONGEST_ANSWER)
        else:
            host, port = self._place
            reader, writer = await asyncio.open_connection(host, port, limit=_LONGEST_ANSWER)
        try:
            await self._send(writer, octets)
            return (await reader.readuntil(b"\0"))[:-1].decode("utf-8", "replace")
        finally:
            writer.transport.abort()  # nothing is left to say, and a daemon that hangs must not hold us

    async def _send(self, writer: asyncio.StreamWriter, octets: Iterable[bytes]) -> None:
        """All of it; cut short when the daemon hangs up, which says why before it does."""
        try:
            writer.write(_COMMAND)
            for piece in octets:
                if piece:  # a length of nought ends the stream
                    writer.write(len(piece).to_bytes(4, "big") + piece)
                    await writer.drain()
                    await asyncio.sleep(
                        0
                    )  # a socket that takes everything never lets the others have their turn
            writer.write(_END)
            await writer.drain()
        except (BrokenPipeError, ConnectionResetError):
            return
