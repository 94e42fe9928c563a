"""Furnished folders for the cases, made once: their certificates take longer than a case."""

from pathlib import Path

import pytest
from tests.cases.space import furnish_both
from tests.support.made_once import made_once


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of both operators, and what they have in common."""
    return made_once(tmp_path_factory, "cases", furnish_both)
