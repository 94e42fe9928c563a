"""How everything runs: what takes longest begins first, so that no worker ends alone with it, and no property
fails because the day is slow."""

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("any day", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any day")

_LONGEST = "journeys"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The journeys, which start servers and programs, then everything else as it was found."""
    items.sort(key=lambda item: _LONGEST not in item.path.parts)
