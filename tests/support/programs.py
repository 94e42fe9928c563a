"""Mail programs of this machine, as processes. A test that needs one which is absent is skipped."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from typing import NamedTuple

import pytest

PROGRAM_PATIENCE = 60.0  # seconds until a program that should have ended is given up


class Ended(NamedTuple):
    """What a program left: its status, and all that it printed."""

    status: int | None
    said: str


def program(name: str) -> str:
    """Where it is; the test is skipped when it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


async def run(*command: str, **environment: str) -> Ended:
    """Run it to its end."""
    environ: Mapping[str, str] = {**os.environ, **environment}
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=environ
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), PROGRAM_PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(process.returncode, said.decode(errors="replace"))
