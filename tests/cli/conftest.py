"""A house made by ``init``, and the command line run on it."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from tests.support.command_line import PROFESSIONAL_DOMAIN, CommandLine

from vaguemestre.cli.main import main


@pytest.fixture(autouse=True)
def _log_as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("VAGUEMESTRE_CONFIG", raising=False)
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pristine") / "house"
    assert main(["init", str(folder), "--professional-domain", PROFESSIONAL_DOMAIN]) == 0
    return folder


@pytest.fixture
def house(pristine: Path, tmp_path: Path) -> Path:
    """A folder made by ``init``, this test's own."""
    return Path(shutil.copytree(pristine, tmp_path / "house"))


@pytest.fixture
def vaguemestre(
    house: Path, capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    """The command line, ``--config`` given."""
    return CommandLine(house / "vaguemestre.toml", capfdbinary, monkeypatch)
