"""One health PKI for the room: making its keys takes a second."""

from datetime import timedelta

import pytest
from tests.support.builders import NOON

from vaguemestre.net.health_pki import HealthPki, make_health_pki


@pytest.fixture(scope="session")
def health_pki(tmp_path_factory: pytest.TempPathFactory) -> HealthPki:
    return make_health_pki(tmp_path_factory.mktemp("health") / "pki", NOON - timedelta(days=1))
