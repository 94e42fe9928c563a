"""What we stand on: each dependency has its reason beside it, its pin and its hashes."""

import re
import tomllib

import pytest
from tests.support.tree import ROOT

PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")


def _requirements() -> list[str]:
    project = tomllib.loads(PYPROJECT)
    return [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]


def _normal(name: str) -> str:
    """PEP 503: case, dots, dashes and underscores make no difference; extras are not part of the name."""
    return re.sub(r"[-_.]+", "-", name.split("[")[0]).lower()


def _pins() -> dict[str, tuple[str, str]]:
    """Name: version, and everything that stands with it in the lock file."""
    entries = re.split(r"(?m)^(?=[A-Za-z0-9])", LOCK)
    heads = ((re.match(r"([\w.\[\]-]+)==([^\s;\\]+)", entry), entry) for entry in entries)
    return {_normal(head[1]): (head[2], entry) for head, entry in heads if head}


@pytest.mark.parametrize("requirement", _requirements())
def test_a_dependency_has_its_reason_beside_it(requirement: str) -> None:
    lines = [line for line in PYPROJECT.splitlines() if line.lstrip().startswith(f'"{requirement}"')]
    assert [line.partition("#")[2].strip() for line in lines] > [""], lines


@pytest.mark.parametrize("requirement", _requirements())
def test_a_dependency_is_pinned_and_the_lock_agrees(requirement: str) -> None:
    name, pin, version = requirement.partition("==")
    assert pin
    assert _pins()[_normal(name)][0] == version


def test_every_locked_package_carries_hashes() -> None:
    assert _pins()
    assert not [name for name, (_, entry) in _pins().items() if "--hash=sha256:" not in entry]


def test_the_lock_names_no_index_address() -> None:
    assert not re.search(r"://|--(?:extra-)?index-url|--find-links|--trusted-host", LOCK)
