"""Scanners to speak to: a real clamd with a signature of our own, and peers that say what they are told."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

# The standard test file of antivirus programs, in two pieces, or scanners would find it in this one.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
NAME = "Fictitious.Eicar.UNOFFICIAL"
STREAM_MAX = 2_000_000


@asynccontextmanager
async def a_clamd(folder: Path) -> AsyncIterator[Path]:
    """A daemon of its own, which knows one signature; where it listens."""
    program = shutil.which("clamd")
    if program is None:
        pytest.skip("clamd is not installed (Debian's clamav-daemon)")
    signatures = folder / "signatures"
    signatures.mkdir()
    (signatures / "own.ndb").write_text(f"Fictitious.Eicar:0:*:{EICAR.hex()}\n")
    listening = folder / "clamd.ctl"
    (folder / "clamd.conf").write_text(
        f"DatabaseDirectory {signatures}\nLocalSocket {listening}\nForeground yes\n"
        f"StreamMaxLength {STREAM_MAX}\nTemporaryDirectory {folder}\n"
    )
    daemon = await asyncio.create_subprocess_exec(
        program, "-c", str(folder / "clamd.conf"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert daemon.stdout is not None
        async with asyncio.timeout(120):
            while b"Self checking" not in await daemon.stdout.readline():
                assert daemon.returncode is None
        yield listening
    finally:
        daemon.kill()
        await daemon.communicate()


@asynccontextmanager
async def a_scanner_that_says(
    answer: bytes, reads: int = -1, at: Path | None = None
) -> AsyncIterator[tuple[str, int]]:
    """A peer that reads a stream (or ``reads`` octets of it), says its one sentence and hangs up.

    It listens on a port, or on the Unix socket ``at``.
    """

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if reads >= 0:
                await reader.readexactly(reads)
            else:
                await reader.readuntil(b"\0")
                while (length := int.from_bytes(await reader.readexactly(4), "big")) > 0:
                    await reader.readexactly(length)
            writer.write(answer)
            await writer.drain()
        finally:
            writer.close()

    if at is not None:
        async with await asyncio.start_unix_server(speak, at):
            yield "", 0
        return
    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[:2]
