"""One more process of a server that has several; started by the first and by nobody else (``companions``).

Its errand is the first line of its standard input; it serves until that input ends, or SIGTERM, and says on
its standard output how it is.
"""

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import uvloop

from vaguemestre.cli.serve import allow_many_connections, served
from vaguemestre.companions import READY, Errand, settings_beside
from vaguemestre.service.health.pulse import said
from vaguemestre.service.health.sampling import Sampling
from vaguemestre.settings import read_settings
from vaguemestre.store.company import Company

_EVERY: Final = 5.0  # seconds between two pulses: as often as the console asks


def main() -> None:
    """Serve."""
    errand: Errand = json.loads(sys.stdin.readline())
    settings = settings_beside(read_settings(Path(sys.argv[1])), errand)
    company = Company(errand["number"], errand["ears"], tuple(errand["bells"]))
    allow_many_connections()

    async def around() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _listen, stop)
        async with served(settings, company, stop) as app:
            print(READY, flush=True)
            await _tell(app.services.sampling, stop)

    uvloop.run(around())


async def _tell(sampling: Sampling, stop: asyncio.Event) -> None:
    """How this process is, every few seconds, until it is to stop. A first that is slow misses some."""
    loop = asyncio.get_running_loop()
    out, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout)
    while not stop.is_set():
        if not out.get_write_buffer_size():
            out.write(said(sampling.pulse()).encode() + b"\n")
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), _EVERY)
    out.close()


def _listen(stop: asyncio.Event) -> None:
    """The first process says nothing more: the end of its line is what there is to hear."""
    with suppress(BlockingIOError):
        if not os.read(sys.stdin.fileno(), 1024):
            stop.set()
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())


if __name__ == "__main__":
    main()
