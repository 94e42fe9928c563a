"""Services are made when they are asked for, all of them before a server listens."""

from functools import cached_property
from pathlib import Path

import pytest
from tests.support.hashing import QUICK
from tests.support.migrated import a_migrated_file

from vaguemestre.cli.init import SETTINGS_FILE
from vaguemestre.services import Services, SystemClock, open_services
from vaguemestre.settings import read_settings
from vaguemestre.settings.sample import sample
from vaguemestre.vault.keys import generate_master, write_master


def _all() -> set[str]:
    return {
        name
        for room in Services.__mro__
        for name, member in vars(room).items()
        if isinstance(member, cached_property)
    }


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    file = tmp_path / SETTINGS_FILE
    chosen = {("", "hostname"): "localhost", ("domains", "professional"): ("cabinet.mssante.fr",)}
    file.write_text(sample(chosen), encoding="utf-8")
    write_master(tmp_path / "master.key", generate_master())
    a_migrated_file(tmp_path / "vaguemestre.db")
    return file


async def test_nothing_is_made_before_it_is_asked_for_and_then_once(settings_file: Path) -> None:
    async with open_services(read_settings(settings_file), SystemClock(), QUICK) as services:
        assert not _all() & vars(services).keys()
        assert services.queue is services.queue
        assert _all() & vars(services).keys() == {"queue"}


async def test_a_server_has_all_of_them_before_it_listens(settings_file: Path) -> None:
    async with open_services(read_settings(settings_file), SystemClock(), QUICK) as services:
        services.make_all()
        assert _all() <= vars(services).keys()
        assert len(_all()) > 40
        assert services.trust is None  # made, and found to be none: this gateway is alone
