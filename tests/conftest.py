"""In which order everything runs: what takes longest begins first, so that no worker ends alone with it."""

import pytest

_LONGEST = "journeys"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The journeys, which start servers and programs, then everything else as it was found."""
    items.sort(key=lambda item: _LONGEST not in item.path.parts)
