"""The import in a process of its own, so that mail never waits for it: ``service.ports.directory``.

In a thread, half a minute of Python would share the interpreter with the event loop, which would then wait
5 ms each time it wants its turn. The process is of the lowest priority and is killed with the server: the
next import begins again.

``python -m vaguemestre.directory.beside`` is that process: an errand on standard input, what became of it
on standard output, both JSON.
"""

import asyncio
import json
import os
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Final, TypedDict

from vaguemestre.directory.errand import Errand, errand_from, run
from vaguemestre.directory.source import source_at
from vaguemestre.service.ports.directory import DirectoryRefused, DirectoryState, Imported
from vaguemestre.service.ports.store import StoreBusyError

_LOWEST: Final = 19


class _State(TypedDict):
    rows: int
    addresses: int
    source: str
    published_at: str
    imported_at: str


class _Told(TypedDict, total=False):
    state: _State
    is_new: bool
    seconds: float
    skipped: int
    missing: list[str]
    refused: str
    busy: str
    unreadable: str


class ImportBeside:
    """``service.ports.directory.DirectoryUpkeep``."""

    def __init__(self, errand: Errand) -> None:
        self._errand = errand

    async def renew(self) -> Imported | None:
        """A folder whose newest file is in place already costs no process."""
        if not self._errand.has_source:
            return None
        known = await asyncio.to_thread(self._in_place)
        if known is not None:
            return Imported(known, is_new=False)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "vaguemestre.directory.beside",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            said, _ = await process.communicate(self._errand.to_json().encode())
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return _imported(said)

    def _in_place(self) -> DirectoryState | None:
        """What is there, when it is what the source holds."""
        if not self._errand.path:
            return None
        source, state = source_at(Path(self._errand.path)), self._errand.place.state()
        is_it = state is not None and (state.source, state.published_at) == (source.name, source.published_at)
        return state if is_it else None


def _imported(said: bytes) -> Imported:
    if not said:
        raise OSError("the import ended without a word")
    told: _Told = json.loads(said)
    if "refused" in told:
        raise DirectoryRefused(told["refused"])
    if "busy" in told:
        raise StoreBusyError(told["busy"])
    if "unreadable" in told:
        raise OSError(told["unreadable"])
    state = told["state"]
    return Imported(
        DirectoryState(
            state["rows"],
            state["addresses"],
            state["source"],
            datetime.fromisoformat(state["published_at"]),
            datetime.fromisoformat(state["imported_at"]),
        ),
        told["is_new"],
        told["seconds"],
        told["skipped"],
        tuple(told["missing"]),
    )


def main() -> None:
    """The process beside."""
    os.nice(_LOWEST)
    told: dict[str, object]
    try:
        told = asdict(run(errand_from(sys.stdin.read()), lambda _read, _size: None))
    except DirectoryRefused as error:
        told = {"refused": str(error)}
    except StoreBusyError as error:
        told = {"busy": str(error)}
    except OSError as error:
        told = {"unreadable": str(error)}
    print(json.dumps(told, default=datetime.isoformat))


if __name__ == "__main__":
    main()
