"""One more process of a server that has several; started by the first and by nobody else (``companions``).

Its errand is the first line of its standard input; it serves until that input ends, or SIGTERM.
"""

import asyncio
import json
import os
import sys
from contextlib import suppress
from pathlib import Path

import uvloop

from vaguemestre.cli.serve import allow_many_connections, served
from vaguemestre.companions import READY, Errand, settings_beside
from vaguemestre.settings import read_settings
from vaguemestre.store.company import Company


def main() -> None:
    """Serve."""
    errand: Errand = json.loads(sys.stdin.readline())
    settings = settings_beside(read_settings(Path(sys.argv[1])), errand)
    company = Company(errand["number"], errand["ears"], tuple(errand["bells"]))
    allow_many_connections()

    async def around() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), _listen, stop)
        async with served(settings, company, stop):
            print(READY, flush=True)
            await stop.wait()

    uvloop.run(around())


def _listen(stop: asyncio.Event) -> None:
    """The first process says nothing more: the end of its line is what there is to hear."""
    with suppress(BlockingIOError):
        if not os.read(sys.stdin.fileno(), 1024):
            stop.set()
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())


if __name__ == "__main__":
    main()
