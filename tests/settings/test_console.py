"""How the console is reached, as settings."""

from pathlib import Path

import pytest

from vaguemestre.settings import SettingsError, read_settings


def read(folder: Path, text: str) -> str:
    """What is wrong with it, or nothing."""
    path = folder / "vaguemestre.toml"
    path.write_text(text)
    try:
        read_settings(path)
    except SettingsError as error:
        return str(error.problems[0])
    return ""


@pytest.mark.parametrize(
    ("openid", "told"),
    [
        ('issuer = "https://auth.example.fr"\nclient = "console"', ""),
        ('issuer = "http://127.0.0.1:8080/realm"\nclient = "console"', ""),
        ('issuer = "http://auth.example.fr"\nclient = "console"', "https"),
        ('issuer = "https://auth.example.fr"', "client is needed"),
        ('issuer = "https://auth.example.fr"\nclient = "console"\nscopes = ["profile"]', "scopes has openid"),
    ],
)
def test_a_provider_is_named_whole_or_not_at_all(tmp_path: Path, openid: str, told: str) -> None:
    problem = read(tmp_path, f"[console_openid]\n{openid}\n")
    assert told in problem
    assert bool(problem) is bool(told)


def test_there_is_no_console_unless_it_is_asked_for(tmp_path: Path) -> None:
    assert not read(tmp_path, "")
    assert "http" not in read_settings(tmp_path / "vaguemestre.toml").listen.endpoints()


@pytest.mark.parametrize(
    ("http", "console", "is_taken"),
    [
        ("127.0.0.1:1443", "", True),
        ("0.0.0.0:443", "", True),
        ("127.0.0.1:8080", "tls = false", True),
        ("0.0.0.0:80", "tls = false", False),
        ("0.0.0.0:80", 'tls = false\nproxies = ["172.18.0.2"]', True),
        ("127.0.0.1:1443", 'proxies = ["*"]', False),
    ],
)
def test_nobody_in_between_reads_what_passes(tmp_path: Path, http: str, console: str, is_taken: bool) -> None:
    problem = read(tmp_path, f'[listen]\nhttp = "{http}"\n[console]\n{console}\n')
    assert bool(problem) is not is_taken
