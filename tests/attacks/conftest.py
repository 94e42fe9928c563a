"""Attacks on the doors run twice: on uvloop, which serves, and on asyncio's own loop.

Those on the trust list share a health PKI: making its keys takes a second.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
import uvloop
from tests.support.builders import NOON
from tests.support.imap_door import OpenDoor, an_open_door

from vaguemestre.net.health_pki import HealthPki, make_health_pki


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[OpenDoor]:
    """An IMAP door."""
    async with an_open_door(tmp_path) as door:
        yield door


@pytest.fixture(scope="session")
def health_pki(tmp_path_factory: pytest.TempPathFactory) -> HealthPki:
    return make_health_pki(tmp_path_factory.mktemp("health") / "pki", NOON - timedelta(days=1))
