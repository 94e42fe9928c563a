"""A door on real sockets, over real parts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.support.imap_door import OpenDoor, an_open_door


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[OpenDoor]:
    async with an_open_door(tmp_path) as door:
        yield door
