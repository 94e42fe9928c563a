"""What other operators are met with, as settings. domain.md §6."""

from pathlib import Path

import pytest

from vaguemestre.settings import SettingsError, read_settings

FILES = 'certificate = "a.pem"\nkey = "a.key"\nauthorities = "ca.pem"\n'


def read(folder: Path, text: str) -> str:
    """What is wrong with a section, or nothing."""
    path = folder / "vaguemestre.toml"
    path.write_text(f"[relay]\n{text}")
    try:
        read_settings(path)
    except SettingsError as error:
        return str(error.problems[0])
    return ""


def test_lists_are_addresses_and_files_beside_the_settings(tmp_path: Path) -> None:
    assert not read(tmp_path, FILES + 'revocations = ["http://liste.example/a.crl", "root.crl"]\n')
    relay = read_settings(tmp_path / "vaguemestre.toml").relay
    assert relay.revocations == ("http://liste.example/a.crl", tmp_path / "root.crl")
    assert relay.authorities == tmp_path / "ca.pem"
    assert relay.is_set


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (FILES, "who is revoked must be known"),
        ('certificate = "a.pem"\n', "go together"),
        (FILES + 'ocsp = "ldap://liste.example"\n', "http or https"),
    ],
)
def test_what_is_missing_is_said(tmp_path: Path, text: str, reason: str) -> None:
    assert reason in read(tmp_path, text)


def test_the_listener_needs_to_know_whom_it_lets_in(tmp_path: Path) -> None:
    lists = FILES + 'revocations = ["root.crl"]\n'
    assert "[relay] and [trust]" in read(tmp_path, lists + '[listen]\nrelay = "127.0.0.1:25"\n')
