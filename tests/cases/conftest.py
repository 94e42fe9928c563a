"""Furnished folders for the cases, made once, and the pair of servers that most cases share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.cases.space import furnish_both
from tests.cases.stage import Stage, a_stage
from tests.support.made_once import made_once


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of both operators, and what they have in common."""
    return made_once(tmp_path_factory, "cases", furnish_both)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """Both operators' servers, up; whoever plays on them has people of his own."""
    async with a_stage(furnished, tmp_path_factory.mktemp("cases") / "house") as stage:
        await stage.meet_another_operator()
        yield stage
