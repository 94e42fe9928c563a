"""A furnished folder for the cases, made once: its certificates take longer than a case."""

from pathlib import Path

import pytest
from tests.cases.stage import USUAL

from vaguemestre.cli.init import furnish


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As ``init`` leaves it; nothing was sent yet."""
    folder = tmp_path_factory.mktemp("cases") / "pristine"
    folder.mkdir()
    furnish(folder, USUAL)
    return folder
