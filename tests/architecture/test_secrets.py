"""No private key, and no file that should hold one, is ever put under version control."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.support.tree import ROOT

ARMOUR = b"PRIVATE" + b" KEY-----"  # in two pieces, or this file would be a find
SECRET_SUFFIXES = {".key", ".p12", ".pfx", ".jks"}


def _versioned() -> list[Path]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("git: not a checkout, so nothing says which files are under version control")
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], check=True, capture_output=True, text=True
    ).stdout
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


def test_no_private_key_is_under_version_control() -> None:
    assert not [path for path in _versioned() if ARMOUR in path.read_bytes()]


def test_no_file_under_version_control_is_of_a_kind_that_holds_keys() -> None:
    assert not [path for path in _versioned() if path.suffix in SECRET_SUFFIXES or path.name == ".env"]
