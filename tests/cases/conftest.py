"""A furnished folder for the cases, made once: its certificates take longer than a case."""

from pathlib import Path

import pytest
from tests.cases.stage import USUAL
from tests.support.made_once import made_once

from vaguemestre.cli.init import furnish


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As ``init`` leaves it; nothing was sent yet."""

    def make(folder: Path) -> None:
        folder.mkdir()
        furnish(folder, USUAL)

    return made_once(tmp_path_factory, "cases", make)
