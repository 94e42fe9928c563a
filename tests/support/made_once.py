"""What takes long to make, made by the first worker that needs it; whoever changes it changes a copy."""

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder that ``make`` made, once for all the workers of a run."""
    place = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        place = place.parent  # each worker has a folder of its own in that of the run
    folder, ready = place / f"made-{name}", place / f"made-{name}.ready"
    with (place / f"made-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed in the middle
            make(folder)
            ready.touch()
    return folder
